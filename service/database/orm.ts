import { Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import { entities } from '../places/index.ts'
import { migrations } from './migrations/index.ts'

export interface OrmOptions {
  readonly url: string
  /** Connections held at most. */
  readonly poolSize?: number
}

/** Milliseconds. A request that waits longer for the database is better answered 503. */
const connectTimeout = 5_000
const statementTimeout = 15_000

/** An ORM over a pool; it connects with the first query. Close it with `orm.close()`. */
export function createOrm({ url, poolSize = 10 }: OrmOptions): Promise<MikroORM> {
  return MikroORM.init({
    entities,
    clientUrl: url,
    // With a clientUrl that names no database, MikroORM would otherwise complain of it rather than PostgreSQL.
    ensureDatabase: false,
    preferEnvVars: false,
    // Every count and every query is read by somebody: no colours in a log line, no driver message with literals.
    colors: false,
    logger: () => undefined,
    pool: { min: 0, max: poolSize, idleTimeoutMillis: 30_000 },
    driverOptions: {
      connectionTimeoutMillis: connectTimeout,
      statement_timeout: statementTimeout,
      application_name: 'meridian',
    },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, silent: true },
  })
}
