import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MikroORM } from '@mikro-orm/postgresql'
import type { Store } from './cache/index.ts'
import type { Config } from './config.ts'
import { describeDatabaseError, isDatabaseUnavailable } from './database-errors.ts'
import type { EmbeddedServer } from './embedded/index.ts'
import { StartupError } from './startup-error.ts'

/** Throws a StartupError unless the address can be listened on: better told before a database is started. */
export async function assertPortFree(host: string, port: number): Promise<void> {
  const probe = createServer()
  const outcome = Promise.withResolvers<void>()
  probe.once('error', (error: NodeJS.ErrnoException) => outcome.reject(listenError(error, host, port)))
  probe.listen({ host, port }, outcome.resolve)
  await outcome.promise
  await new Promise((resolve) => probe.close(resolve))
}

export function listenError(error: NodeJS.ErrnoException, host: string, port: number): StartupError {
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `PORT: expected a free port, got ${port}, which another program listens on at ${host}`,
    EACCES: `PORT: expected a port that this user may listen on, got ${port}`,
    EADDRNOTAVAIL: `HOST: expected an address of this machine, got ${host}`,
    ENOTFOUND: `HOST: expected an address of this machine, got ${host}`,
  }
  return new StartupError(reasons[error.code ?? ''] ?? `HOST, PORT: can't listen on ${host}:${port} (${error.code})`)
}

/** The database that was configured, or an embedded one. */
export async function openDatabase(
  config: Config,
  onNotice: (message: string) => void,
): Promise<{ url: string; server: EmbeddedServer | undefined }> {
  if (config.database.url !== undefined) return { url: config.database.url, server: undefined }
  const { startPostgres } = await import('./embedded/index.ts')
  const { path, isDefault } = config.dataDir
  const server = await startPostgres({ dataDir: path, dataDirIsDefault: isDefault, onNotice })
  return { url: server.url, server }
}

/** Throws a StartupError, naming the server but not the password, where a configured database doesn't answer. */
export async function assertDatabaseAnswers(orm: MikroORM, url: string): Promise<void> {
  const { pingDatabase } = await import('./database/index.ts')
  try {
    await pingDatabase(orm)
  } catch (error) {
    const { host, pathname } = new URL(url)
    const described = describeDatabaseError(error)
    if (described === undefined) throw error
    const why = described.code ?? described.message
    throw new StartupError(`DATABASE_URL: expected PostgreSQL to answer at ${host}${pathname}, got ${why}`, {
      cause: error,
    })
  }
}

/** Milliseconds between attempts, and how many there are: an embedded server is back in less than one of them. */
const retryPause = 500
const mostAttempts = 6

/**
 * Runs what prepares a database. One that is lost meanwhile is told in a line, whatever was under way being rolled back; an
 * embedded one comes back by itself, so with that it is tried again.
 */
export async function preparing<T>(
  server: EmbeddedServer | undefined,
  prepare: () => Promise<T>,
  attempt = 1,
): Promise<T> {
  try {
    return await prepare()
  } catch (error) {
    const why = isDatabaseUnavailable(error) ? describeDatabaseError(error) : undefined
    if (why === undefined) throw error
    if (server === undefined || attempt === mostAttempts) {
      const message = `The database was lost while it was migrated or filled (${why.code ?? why.message}); it is as it was before: try again`
      throw new StartupError(message, { cause: error })
    }
  }
  await sleep(retryPause)
  return preparing(server, prepare, attempt + 1)
}

/** The store that was configured, or the best there is on this machine; what was chosen is said aloud. */
export async function openStore(
  config: Config,
  environment: NodeJS.ProcessEnv,
  onNotice: (message: string) => void,
): Promise<{ store: Store; server: EmbeddedServer | undefined }> {
  const { createMemoryStore, createRedisStore } = await import('./cache/index.ts')
  const { enabled, store: wanted, prefix, memoryBytes } = config.cache
  const memory = () => createMemoryStore({ maxBytes: memoryBytes })
  if (!enabled || wanted === 'memory') return { store: memory(), server: undefined }
  const redis = (url: string) => connected(createRedisStore({ url, prefix }))
  if (config.redis.url !== undefined) return { store: await redis(config.redis.url), server: undefined }
  const { findRedisServer, startRedis, EmbeddedServerError } = await import('./embedded/index.ts')
  const binary = findRedisServer(environment['PATH'] ?? '')
  const { path: dataDir, isDefault: dataDirIsDefault } = config.dataDir
  try {
    if (binary === undefined) throw new EmbeddedServerError('no redis-server or valkey-server on the PATH')
    const server = await startRedis({
      binary,
      dataDir,
      dataDirIsDefault,
      libraryPath: environment['LD_LIBRARY_PATH'],
      onNotice,
    })
    return { store: await redis(server.url), server }
  } catch (error) {
    if (!(error instanceof EmbeddedServerError)) throw error
    if (wanted === 'redis')
      throw new StartupError(`CACHE_STORE: expected REDIS_URL or a Redis of our own, got ${error.message}`)
    onNotice(`no REDIS_URL, and ${error.message}: responses are cached in this process only`)
    return { store: memory(), server: undefined }
  }
}

/** Milliseconds. Redis is usually there at once, and then the very first answers are stored, too. */
const connectPatience = 500

/** The store once it is connected, or all the same when that takes long: the service starts without Redis. */
async function connected(store: Store): Promise<Store> {
  const deadline = Date.now() + connectPatience
  while (Date.now() < deadline) {
    const answers = await store.ping().then(
      () => true,
      () => false,
    )
    if (answers) break
    await sleep(10)
  }
  return store
}
