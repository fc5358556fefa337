import { createServer } from 'node:net'
import type { MikroORM } from '@mikro-orm/postgresql'
import type { Store } from './cache/index.ts'
import type { Config } from './config.ts'
import { describeDatabaseError } from './database-errors.ts'
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
  if (server.shared)
    onNotice('the database of another Meridian process on this data directory is shared; it stops with that')
  return { url: server.url, server }
}

/** Throws a StartupError, naming the server but not the password, where a configured database doesn't answer. */
export async function assertDatabaseAnswers(orm: MikroORM, url: string): Promise<void> {
  const { pingDatabase } = await import('./database/index.ts')
  try {
    await pingDatabase(orm)
  } catch (error) {
    const { host, pathname } = new URL(url)
    const why = describeDatabaseError(error)?.code ?? 'no answer within 5 s'
    throw new StartupError(`DATABASE_URL: expected PostgreSQL to answer at ${host}${pathname}, got ${why}`, {
      cause: error,
    })
  }
}

/** The store that was configured, or the best there is on this machine; what was chosen is said aloud. */
export async function openStore(
  config: Config,
  path: string,
  onNotice: (message: string) => void,
): Promise<{ store: Store; server: EmbeddedServer | undefined }> {
  const { createMemoryStore, createRedisStore } = await import('./cache/index.ts')
  const { enabled, store: wanted, prefix, memoryBytes } = config.cache
  const memory = () => createMemoryStore({ maxBytes: memoryBytes })
  if (!enabled || wanted === 'memory') return { store: memory(), server: undefined }
  if (config.redis.url !== undefined) {
    return { store: createRedisStore({ url: config.redis.url, prefix }), server: undefined }
  }
  const { findRedisServer, startRedis } = await import('./embedded/index.ts')
  const binary = findRedisServer(path)
  if (binary === undefined) {
    if (wanted === 'redis') {
      throw new StartupError(
        'CACHE_STORE: expected REDIS_URL, or redis-server or valkey-server on the PATH, got neither',
      )
    }
    onNotice('no REDIS_URL and no redis-server or valkey-server on the PATH: responses are cached in this process only')
    return { store: memory(), server: undefined }
  }
  const server = await startRedis({ binary, dataDir: config.dataDir.path, dataDirIsDefault: config.dataDir.isDefault })
  return { store: createRedisStore({ url: server.url, prefix }), server }
}
