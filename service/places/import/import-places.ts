import type { ClientBase } from 'pg'
import { lockEdits } from './edits.ts'
import type { ImportReport } from './report.ts'
import { importSteps, type ImportStep } from './steps.ts'

/** Runs the steps, one after the other, showing them as it likes. */
export type RunSteps = (steps: readonly ImportStep[]) => Promise<void>

/** Any 64-bit number that nothing else in the database locks. */
const importLock = 4_242_001

/**
 * Imports the data from node_modules in one transaction: readers see the old data until it ends, and keep it if it
 * never does. Properties that a revision names stay as the editor set them. Imports wait for one another.
 */
export async function importPlaces(client: ClientBase, runSteps: RunSteps): Promise<ImportReport> {
  await client.query('begin')
  try {
    await client.query('set local statement_timeout = 0')
    await client.query('select pg_advisory_xact_lock($1)', [importLock])
    await lockEdits(client)
    const places = importSteps(client)
    await runSteps(places.steps)
    const finished = await places.report()
    await client.query('insert into dataset_import (report) values ($1)', [finished])
    await client.query('commit')
    return finished
  } catch (error) {
    // The connection may be what failed; the server rolls back by itself then.
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** True until an import has finished. */
export async function isDatasetEmpty(client: Pick<ClientBase, 'query'>): Promise<boolean> {
  const { rows } = await client.query<{ empty: boolean }>('select not exists (select from dataset_import) as empty')
  return rows[0]?.empty === true
}
