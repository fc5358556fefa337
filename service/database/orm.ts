import { Migrator } from '@mikro-orm/migrations'
import { MikroORM } from '@mikro-orm/postgresql'
import { entities } from '../places/index.ts'
import { migrations } from './migrations/index.ts'

export interface OrmOptions {
  /** With whatever parameters libpq's URLs have that node-postgres knows, `sslmode` among them. */
  readonly url: string
  /** Connections held at most. */
  readonly poolSize?: number
}

/** Milliseconds. A request that waits longer for the database is better answered 503. */
const connectTimeout = 5_000
/** Kept by the server … */
const statementTimeout = 10_000
/** … and by the client, for a server that has stopped answering at all. */
const queryTimeout = 11_000

/** An ORM over a pool; it connects with the first query. Close it with `orm.close()`. */
export function createOrm({ url, poolSize = 10 }: OrmOptions): Promise<MikroORM> {
  return MikroORM.init({
    entities,
    clientUrl: url,
    // Saves a query, and PostgreSQL says better than the ORM what is wrong with a database.
    ensureDatabase: false,
    preferEnvVars: false,
    // The ORM's own log would tell statements with their values.
    logger: () => undefined,
    pool: { min: 0, max: poolSize, idleTimeoutMillis: 30_000 },
    driverOptions: {
      // The ORM reads host, user and database from the URL, and drops its parameters.
      connectionString: url,
      connectionTimeoutMillis: connectTimeout,
      statement_timeout: statementTimeout,
      query_timeout: queryTimeout,
      keepAlive: true,
      application_name: 'meridian',
    },
    extensions: [Migrator],
    migrations: { migrationsList: migrations, snapshot: false, silent: true },
  })
}
