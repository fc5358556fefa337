import { randomBytes } from 'node:crypto'
import { accessSync, chownSync, constants, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EmbeddedServer } from './embedded-server.ts'
import { EmbeddedServerError, redact } from './errors.ts'
import { freePort } from './free-port.ts'
import { Lifeline } from './lifeline.ts'
import { findPlace, makeFolder, stateDir, type Place, type PlaceOptions } from './place.ts'
import { removeAbandoned } from './postgres-binaries.ts'
import { identityOf } from './process-identity.ts'
import { answersPing } from './redis-ping.ts'
import { isRoot, run } from './user.ts'

export interface RedisOptions extends PlaceOptions {
  /** From `findRedisServer`. */
  readonly binary: string
  /** LD_LIBRARY_PATH, for a Redis unpacked without being installed. */
  readonly libraryPath?: string
}

const patience = 10_000

/** The `redis-server`, else the `valkey-server`, that a PATH leads to. */
export function findRedisServer(path: string): string | undefined {
  if (process.platform === 'win32') return undefined // the lifeline needs a POSIX shell
  const folders = path.split(delimiter).filter((folder) => isAbsolute(folder))
  return ['redis-server', 'valkey-server']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

/**
 * Starts a Redis of this process's own, on a free port of 127.0.0.1: a cache of 128 MB that nothing outlives. It stops when
 * this process ends, however it ends.
 *
 * @throws {EmbeddedServerError} when it doesn't answer within 10 s; nothing is left running.
 */
export async function startRedis(
  options: RedisOptions,
  elsewhere: { readonly freePort?: () => Promise<number> } = {},
): Promise<EmbeddedServer> {
  const env: Record<string, string> = options.libraryPath ? { LD_LIBRARY_PATH: options.libraryPath } : {}
  const place = placeFor(options, env)
  const deadline = Date.now() + patience
  try {
    removeAbandoned(join(place.folder, 'redis-'))
    for (;;) {
      const server = await attempt({
        binary: options.binary,
        env,
        place,
        deadline,
        port: await (elsewhere.freePort ?? freePort)(),
      })
      if (server) return server
    }
  } catch (error) {
    if (error instanceof EmbeddedServerError) throw error
    throw failure(options.binary, (error as Error).message, error)
  }
}

/** Unprivileged where that is simple; unlike PostgreSQL, Redis can run as root where it isn't. */
function placeFor(options: RedisOptions, env: Readonly<Record<string, string>>): Place {
  try {
    const place = findPlace(options, stateDir)
    if (run(options.binary, ['--version'], place.user, env).works) return place
  } catch (error) {
    if (!isRoot() || !(error instanceof EmbeddedServerError)) throw error
  }
  return { folder: makeFolder(options.dataDir), user: undefined }
}

interface AttemptOptions {
  readonly binary: string
  readonly env: Readonly<Record<string, string>>
  readonly place: Place
  readonly port: number
  readonly deadline: number
}

/** Undefined when the port was taken first: worth another try. */
async function attempt({ binary, env, place, port, deadline }: AttemptOptions): Promise<EmbeddedServer | undefined> {
  const password = randomBytes(24).toString('hex')
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
  let ready = false
  try {
    while (!server.ended && !ready && Date.now() < deadline) {
      ready = (await Promise.race([answersPing(port, password), server.exited])) === true
      if (!ready) await Promise.race([server.exited, sleep(10)])
    }
  } finally {
    rmSync(config, { force: true }) // read by now, or never
    rmSync(log, { force: true }) // stays open to the server, and to `output`, without a name
  }
  if (ready) return { url: `redis://:${password}@127.0.0.1:${port}`, shared: false, stop: () => stop(server) }

  const late = !server.ended
  await stop(server)
  const output = redact(server.output(), password)
  if (/address already in use/i.test(output) && Date.now() < deadline) return undefined
  const last = output.split('\n').findLast((line) => line.trim() !== '') ?? 'it said nothing'
  throw failure(binary, late ? `it did not answer within ${patience / 1_000} s: ${last}` : last)
}

async function stop(server: Lifeline): Promise<void> {
  server.cut()
  if (await server.endsWithin(5_000)) return
  server.kill()
  await server.endsWithin(5_000)
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

function failure(binary: string, reason: string, cause?: unknown): EmbeddedServerError {
  return new EmbeddedServerError(
    `The private Redis (${binary}) could not start: ${reason}: mend or remove that program, or set REDIS_URL to a Redis of yours, ` +
      'or CACHE_STORE=memory',
    { cause },
  )
}
