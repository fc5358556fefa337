import type { ClientBase } from 'pg'
import { copyRows, type Row } from './copy.ts'
import { keepEdits } from './edits.ts'
import { stagingName, type ImportTable } from './tables.ts'

export interface Changes {
  inserted: number
  updated: number
  removed: number
  /** Properties left as an editor set them. */
  edited: number
}

/** Copies the rows into a temporary table beside `table`, gone with the transaction. */
export async function stage(client: ClientBase, table: ImportTable, rows: Iterable<Row>): Promise<number> {
  const staged = stagingName(table)
  await client.query(
    `create temporary table ${staged} on commit drop as select ${table.columns.join(', ')} from ${table.name} with no data`,
  )
  const count = await copyRows(client, staged, table.columns, rows)
  await client.query(`analyze ${staged}`)
  return count
}

/**
 * Makes `table` hold what was staged: new rows inserted, changed rows updated (their version counts up), and what
 * editors have set is left as it is. An unchanged row is not written, so that importing again changes nothing.
 */
export async function merge(client: ClientBase, table: ImportTable): Promise<Changes> {
  const edited = await keepEdits(client, table)
  const staged = stagingName(table)
  const others = table.columns.filter((column) => !table.key.includes(column))
  const tuple = (prefix: string) => `(${others.map((column) => `${prefix}.${column}`).join(', ')})`
  const assignments = others.map((column) => `${column} = excluded.${column}`)
  if (table.editable) assignments.push('version = target.version + 1', 'updated_at = now()')
  const onConflict =
    others.length === 0
      ? 'do nothing'
      : `do update set ${assignments.join(', ')} where ${tuple('target')} is distinct from ${tuple('excluded')}`
  // A row that this transaction inserted has no xmax; one that it updated does.
  const { rows } = await client.query<{ inserted: string; written: string }>(
    `with written as (
       insert into ${table.name} as target (${table.columns.join(', ')})
       select ${table.columns.join(', ')} from ${staged}
       on conflict (${table.key.join(', ')}) ${onConflict}
       returning target.xmax = 0 as inserted
     ) select count(*) filter (where inserted) as inserted, count(*) as written from written`,
  )
  const inserted = Number(rows[0]?.inserted)
  return { inserted, updated: Number(rows[0]?.written) - inserted, removed: 0, edited }
}

/** Removes the rows that are no longer in the source, except those that an editor has changed. */
export async function removeMissing(client: ClientBase, table: ImportTable): Promise<number> {
  const same = table.key.map((column) => `staged.${column} = target.${column}`).join(' and ')
  const unedited = table.editable
    ? `and not exists (select from revision where target_type = '${table.editable.target}'
         and target_id = target.${table.key[0]}::text)`
    : ''
  const unused = (table.usedBy ?? []).map(
    (column) => `and not exists (select from ${column.split('.')[0]} where ${column} = target.${table.key[0]})`,
  )
  const { rowCount } = await client.query(
    `delete from ${table.name} as target
     where not exists (select from ${stagingName(table)} as staged where ${same}) ${unedited} ${unused.join(' ')}`,
  )
  return rowCount ?? 0
}
