import { Agent, request, type IncomingHttpHeaders } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Bytes of the body as it came, still encoded. */
  readonly bytes: number
  /** Milliseconds to the last byte. */
  readonly ms: number
}

// One kept-alive connection: a connection's own set-up is no part of an answer's time.
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

/** One request with just the headers given, over a connection that is used again. */
export function probe(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const began = performance.now()
  const outgoing = request(url, { method, headers, agent, timeout: 30_000 }, (incoming) => {
    let bytes = 0
    incoming.on('data', (chunk: Buffer) => (bytes += chunk.length))
    incoming.on('error', reject)
    incoming.on('end', () => {
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, ms: performance.now() - began })
    })
  })
  outgoing.on('timeout', () => outgoing.destroy(new Error(`${url} did not answer within 30 s`)))
  outgoing.on('error', (error: NodeJS.ErrnoException) => {
    // A server closes connections that were idle for its keep-alive time, and may do so just now.
    if (outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(probe(url, headers, method))
    else reject(error)
  })
  outgoing.end()
  return promise
}

/** A probe whose answer must be what is about to be measured: otherwise a table would name the wrong thing. */
export async function probeAs(
  url: string,
  headers: Readonly<Record<string, string>>,
  expected: { readonly status: number; readonly cacheStatus: RegExp },
): Promise<Answer> {
  const answer = await probe(url, headers)
  const cacheStatus = String(answer.headers['cache-status'])
  if (answer.status === expected.status && expected.cacheStatus.test(cacheStatus)) return answer
  throw new Error(
    `Expected ${url} to answer ${expected.status} with Cache-Status ${expected.cacheStatus}, got ${answer.status} with ${cacheStatus}`,
  )
}
