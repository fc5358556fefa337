import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import type { ClientBase } from 'pg'
import { createApp, type AppOptions } from '../../service/app.ts'
import { createCache, createMemoryStore, type CacheOptions } from '../../service/cache/index.ts'
import { createOrm } from '../../service/database/index.ts'
import { createHttpServer } from '../../service/http/index.ts'
import { sharedDatabaseUrl } from './database.ts'

/** A statement as it went to PostgreSQL. */
export interface SentQuery {
  readonly sql: string
  readonly values: unknown[]
}

export interface TestApp {
  readonly url: string
  /** Every statement sent to PostgreSQL since the last call. */
  readonly takeQueries: () => SentQuery[]
  /** Every failure that no client caused, since the start. */
  readonly errors: unknown[]
  readonly close: () => Promise<void>
}

export interface TestAppOptions {
  readonly databaseUrl?: string
  readonly cache?: Partial<CacheOptions>
  readonly app?: Partial<AppOptions>
}

/** The whole request path over real HTTP and the real data; a memory store of its own unless it is given another. */
export async function startApp(options: TestAppOptions = {}): Promise<TestApp> {
  const queries: SentQuery[] = []
  const errors: unknown[] = []
  const orm = await createOrm({ url: options.databaseUrl ?? sharedDatabaseUrl(), poolSize: 4 })
  const pool = await orm.em.getConnection().getNativeClient()
  // Where every layer above has to pass: the ORM, its query builder and Kysely alike.
  pool.on('connect', (client) => recordQueries(client, (query) => queries.push(query)))
  const cache = createCache({
    store: createMemoryStore({ maxBytes: 16_000_000 }),
    name: 'meridian',
    prefix: `test-${randomBytes(4).toString('hex')}`,
    deployment: 'test',
    enabled: true,
    bypass: { mode: 'client' },
    ...options.cache,
  })
  const app = createApp({
    orm,
    cache,
    build: { name: 'meridian', version: '0.0.0', commit: 'test', sources: 'test' },
    checks: {},
    isStopping: () => false,
    onError: (error) => void errors.push(error),
    ...options.app,
  })
  const server = createHttpServer(app.callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeQueries: () => queries.splice(0),
    errors,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await cache.close()
      await orm.close()
    },
  }
}

function recordQueries(client: ClientBase, record: (query: SentQuery) => void): void {
  const original = client.query.bind(client) as (...args: unknown[]) => unknown
  Object.assign(client, {
    query(...args: [string | { text: string; values?: unknown[] }, ...unknown[]]) {
      const [query, values] = args
      const given = typeof query === 'string' ? values : query.values
      record({ sql: typeof query === 'string' ? query : query.text, values: Array.isArray(given) ? given : [] })
      return original(...args)
    },
  })
}
