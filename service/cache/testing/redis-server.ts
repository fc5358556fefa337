import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A private redis-server of one test file. */
export interface TestRedis {
  readonly url: string
  /** Starts it (again) on the same port, empty. */
  start(): Promise<void>
  kill(): Promise<void>
  /** It keeps its connections and says nothing: the outage that closed sockets don't show. */
  pause(): void
  resume(): void
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

/** A redis-server found on the PATH; rejects, rather than skip, where there is none. */
export async function startRedis(): Promise<TestRedis> {
  const redis = await prepareRedis()
  await redis.start()
  return redis
}

/** The same, not started yet. */
export async function prepareRedis(): Promise<TestRedis> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'meridian-redis-'))
  let child: ChildProcess | undefined

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      child = await spawnRedis(port, folder)
    },
    kill,
    pause: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function spawnRedis(port: number, folder: string): Promise<ChildProcess> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('Ready to accept connections')) resolve()
    })
    child.once('error', (error) => {
      reject(
        new Error('These tests need redis-server on the PATH (Debian: apt-get install redis-server)', { cause: error }),
      )
    })
    child.once('exit', (code) => reject(new Error(`redis-server ended with ${code}:\n${output}`)))
  })
  return child
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
