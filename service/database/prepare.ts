import type { MikroORM } from '@mikro-orm/postgresql'
import type { Pool, PoolClient } from 'pg'
import { importPlaces, isDatasetEmpty, type ImportReport, type RunSteps } from '../places/index.ts'

/** Any 64-bit number that nothing else in the database locks. */
const prepareLock = 4_242_000

/**
 * Brings a database to the schema of this version, and imports the data where there is none yet. Services that start
 * together do it one after the other. Returns the report if it imported.
 */
export async function prepareDatabase(orm: MikroORM, runSteps: RunSteps): Promise<ImportReport | undefined> {
  return withClient(orm, async (client) => {
    await client.query('set statement_timeout = 0')
    await client.query('select pg_advisory_lock($1)', [prepareLock])
    try {
      await migrate(orm)
      return (await isDatasetEmpty(client)) ? await importPlaces(client, runSteps) : undefined
    } finally {
      await client.query('select pg_advisory_unlock($1)', [prepareLock]).catch(() => undefined)
    }
  })
}

/** Migrates, and imports whether or not there is data already. */
export async function importInto(orm: MikroORM, runSteps: RunSteps): Promise<ImportReport> {
  const imported = await prepareDatabase(orm, runSteps)
  return imported ?? withClient(orm, (client) => importPlaces(client, runSteps))
}

/** The number of the newest import: what the database holds, as long as nobody edits it. */
export async function datasetVersion(orm: MikroORM): Promise<number> {
  const pool = await poolOf(orm)
  const { rows } = await pool.query<{ version: number }>('select coalesce(max(id), 0) as version from dataset_import')
  return rows[0]?.version ?? 0
}

/** Rejects when the database doesn't answer. */
export async function pingDatabase(orm: MikroORM): Promise<void> {
  const pool = await poolOf(orm)
  await pool.query('select 1')
}

async function migrate(orm: MikroORM): Promise<void> {
  await orm.migrator.up()
}

function poolOf(orm: MikroORM): Promise<Pool> {
  return orm.em.getConnection().getNativeClient()
}

async function withClient<T>(orm: MikroORM, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const pool = await poolOf(orm)
  const client = await pool.connect()
  try {
    const result = await work(client)
    return result
  } finally {
    // Settings of this session must not reach the next user of the connection.
    client.release(true)
  }
}
