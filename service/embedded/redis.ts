import { randomBytes } from 'node:crypto'
import { accessSync, constants, statSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import type { EmbeddedServer } from './embedded-server.ts'
import { EmbeddedServerError } from './errors.ts'
import { freePort } from './free-port.ts'
import { KeptServer, type Life } from './kept-server.ts'
import { findPlace, makeFolder, stateDir, type Place, type PlaceOptions } from './place.ts'
import { removeAbandoned } from './postgres-binaries.ts'
import { attempt, startFailure } from './redis-server.ts'
import { isRoot, run } from './user.ts'

export interface RedisOptions extends PlaceOptions {
  /** From `findRedisServer`. */
  readonly binary: string
  /** LD_LIBRARY_PATH, for a Redis unpacked without being installed. */
  readonly libraryPath?: string | undefined
  /** Told of a server that died, and whether it is back. */
  readonly onNotice?: (message: string) => void
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
 * this process ends, however it ends. Until `stop`, one that goes is started again at the same URL, empty, with a notice.
 *
 * @throws {EmbeddedServerError} when it doesn't answer within 10 s; nothing is left running.
 */
export async function startRedis(
  options: RedisOptions,
  elsewhere: { readonly freePort?: () => Promise<number> } = {},
): Promise<EmbeddedServer> {
  const { binary, libraryPath, onNotice = () => {} } = options
  const env: Record<string, string> = libraryPath ? { LD_LIBRARY_PATH: libraryPath } : {}
  const place = placeFor(options, env)
  const password = randomBytes(24).toString('hex')
  const deadline = Date.now() + patience
  const start = (port: number, deadline: number, aborted: AbortSignal): Promise<Life | undefined> =>
    attempt({ binary, env, place, port, password, deadline, aborted })

  return inOneLine(binary, async () => {
    removeAbandoned(join(place.folder, 'redis-'))
    for (;;) {
      const port = await (elsewhere.freePort ?? freePort)()
      const life = await start(port, deadline, new AbortController().signal)
      if (!life) continue
      const again = (aborted: AbortSignal): Promise<Life> =>
        inOneLine(binary, async () => {
          const next = await start(port, Date.now() + patience, aborted)
          if (next) return next
          throw new Error(`another program has taken port ${port} of 127.0.0.1, where it was`)
        })
      const url = `redis://:${password}@127.0.0.1:${port}`
      return new KeptServer({ name: 'private Redis', url, life, again, onNotice })
    }
  })
}

async function inOneLine<T>(binary: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof EmbeddedServerError) throw error
    throw startFailure(binary, (error as Error).message, error)
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
