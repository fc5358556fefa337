import { connect } from 'node:net'

/** One AUTH and one PING over a bare socket. False for whatever goes wrong: the caller asks again. */
export async function answersPing(port: number, password: string): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let answer = ''
  socket.setEncoding('utf8')
  socket.setTimeout(1_000, () => resolve(false))
  socket.once('error', () => resolve(false))
  socket.once('close', () => resolve(false))
  socket.once('connect', () => socket.write(`AUTH ${password}\r\nPING\r\n`))
  socket.on('data', (chunk: string) => {
    answer += chunk
    if (answer === '+OK\r\n+PONG\r\n') resolve(true)
    if (answer.startsWith('-')) resolve(false)
  })
  try {
    return await promise
  } finally {
    socket.destroy()
  }
}
