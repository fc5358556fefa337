import type { MikroORM } from '@mikro-orm/postgresql'
import pg from 'pg'
import { importPlaces, isDatasetEmpty, type ImportReport, type RunSteps } from '../places/index.ts'

export interface PrepareOptions {
  readonly orm: MikroORM
  readonly url: string
  readonly runSteps: RunSteps
  /** Told when another process is at it, and this one waits. */
  readonly onNotice: (message: string) => void
}

/** Any 64-bit number that nothing else in the database locks. */
const prepareLock = 4_242_000

/**
 * Brings a database to the schema of this version, and imports the data where there is none yet. Services that start
 * together do it one after the other. Returns the report if it imported.
 */
export async function prepareDatabase(options: PrepareOptions): Promise<ImportReport | undefined> {
  return withLock(options, async (client) =>
    (await isDatasetEmpty(client)) ? importPlaces(client, options.runSteps) : undefined,
  )
}

/** Migrates, and imports whether or not there is data already. */
export async function importInto(options: PrepareOptions): Promise<ImportReport> {
  return withLock(options, (client) => importPlaces(client, options.runSteps))
}

/** Runs after the migrations, on a connection of its own: the pool's have time-outs, and may be as few as one. */
async function withLock<T>(
  { orm, url, onNotice }: PrepareOptions,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'meridian-prepare', keepAlive: true })
  // The statement under way rejects with the same error; an emitter without a listener would end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1) as free', [prepareLock])
    if (rows[0]?.free !== true) {
      onNotice('another process is migrating or importing: waiting for it')
      await client.query('select pg_advisory_lock($1)', [prepareLock])
    }
    await orm.migrator.up()
    return await work(client)
  } finally {
    // The lock goes with the session.
    await client.end().catch(() => undefined)
  }
}

/** The number of the newest import: what the database holds, as long as nobody edits it. */
export async function datasetVersion(orm: MikroORM): Promise<number> {
  const pool = await orm.em.getConnection().getNativeClient()
  const { rows } = await pool.query<{ version: number }>('select coalesce(max(id), 0) as version from dataset_import')
  return rows[0]?.version ?? 0
}

/** Rejects when the database doesn't answer. */
export async function pingDatabase(orm: MikroORM): Promise<void> {
  const pool = await orm.em.getConnection().getNativeClient()
  await pool.query('select 1')
}
