import { randomBytes } from 'node:crypto'
import { chownSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { whenAborted } from './aborted.ts'
import { EmbeddedServerError, redact } from './errors.ts'
import type { Life } from './kept-server.ts'
import { Lifeline } from './lifeline.ts'
import type { Place } from './place.ts'
import { identityOf } from './process-identity.ts'
import { answersPing } from './redis-ping.ts'

export interface AttemptOptions {
  readonly binary: string
  readonly env: Readonly<Record<string, string>>
  readonly place: Place
  readonly port: number
  readonly password: string
  readonly deadline: number
  readonly aborted: AbortSignal
}

/** Starts one server and waits until it answers. Undefined when the port was taken first: another may do. */
export async function attempt(options: AttemptOptions): Promise<Life | undefined> {
  const { binary, env, place, port, password, deadline, aborted } = options
  const base = join(place.folder, `redis-${identityOf(process.pid)}-${randomBytes(4).toString('hex')}`)
  const [config, log] = [`${base}.conf`, `${base}.log`]
  // A file, since arguments can be read by everybody.
  writeFileSync(config, configuration(port, password), { mode: 0o600, flag: 'wx' })
  if (place.user) chownSync(config, place.user.uid, place.user.gid)

  const server = new Lifeline({
    command: binary,
    args: [config],
    cwd: place.folder,
    log,
    signal: 'TERM',
    user: place.user,
    env,
  })
  const over = Promise.race([server.exited, whenAborted(aborted)])
  let ready = false
  try {
    while (!server.ended && !ready && !aborted.aborted && Date.now() < deadline) {
      ready = (await Promise.race([answersPing(port, password), over])) === true
      if (!ready) await Promise.race([over, sleep(10)])
    }
  } finally {
    rmSync(config, { force: true }) // read by now, or never
    rmSync(log, { force: true }) // stays open to the server, and to `output`, without a name
  }
  if (ready) return lifeOf(server, password)

  const late = !server.ended
  await stop(server)
  const output = redact(server.output(), password)
  if (/address already in use/i.test(output) && Date.now() < deadline) return undefined
  throw startFailure(binary, late ? `it did not answer in time: ${lastLine(output)}` : lastLine(output))
}

function lifeOf(server: Lifeline, password: string): Life {
  return {
    shared: false,
    over: server.exited.then(
      () => `has ended by itself: ${server.killedBy ?? lastLine(redact(server.output(), password))}`,
    ),
    end: () => stop(server),
  }
}

async function stop(server: Lifeline): Promise<void> {
  server.cut()
  if (await server.endsWithin(5_000)) return
  server.kill()
  await server.endsWithin(5_000)
}

function lastLine(output: string): string {
  return output.split('\n').findLast((line) => line.trim() !== '') ?? 'it said nothing'
}

function configuration(port: number, password: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    'protected-mode yes',
    'daemonize no',
    'save ""',
    'appendonly no',
    'maxmemory 128mb',
    'maxmemory-policy allkeys-lru',
    '',
  ].join('\n')
}

export function startFailure(binary: string, reason: string, cause?: unknown): EmbeddedServerError {
  const mend = /shared librar/.test(reason)
    ? 'set LD_LIBRARY_PATH to the folder of its libraries'
    : 'mend or remove that program'
  return new EmbeddedServerError(
    `The private Redis (${binary}) could not start: ${reason}: ${mend}, or set REDIS_URL to a Redis of yours, or ` +
      'CACHE_STORE=memory',
    { cause },
  )
}
