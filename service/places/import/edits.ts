import type { ClientBase } from 'pg'
import type { EditTarget } from '../entities/index.ts'
import { stagingName, tables, type ImportTable } from './tables.ts'

/** The capital is set by findCapitals(), after all rows are in. */
const knownElsewhere: Readonly<Record<EditTarget, readonly string[]>> = { country: ['capital'], city: [] }

/**
 * Keeps editors waiting, but no reader, until the import has ended: what they set is then either seen here or set after
 * it. Throws, before anything is changed, if a revision names a property that the import would not know how to keep.
 */
export async function lockEdits(client: ClientBase): Promise<void> {
  await client.query('lock table revision, city, country in share row exclusive mode')
  const { rows } = await client.query<{ target: EditTarget; property: string }>(
    'select distinct target_type as target, jsonb_object_keys(patch) as property from revision',
  )
  const unknown = rows.filter(({ target, property }) => !editableProperties(target).has(property))
  if (unknown.length === 0) return
  const names = unknown.map(({ target, property }) => `${property} of a ${target}`).join(', ')
  throw new Error(`Expected revisions of properties that an import can keep, got ${names}: nothing was imported`)
}

function editableProperties(target: EditTarget): Set<string> {
  const names = new Set(knownElsewhere[target])
  for (const { editable, memberOf } of Object.values<ImportTable>(tables)) {
    if (editable?.target === target) for (const property of Object.keys(editable.columns)) names.add(property)
    if (memberOf?.target === target) names.add(memberOf.property)
  }
  return names
}

/** Overlays on the staged rows whatever a revision names, with its present value. Returns how many properties it kept. */
export async function keepEdits(client: ClientBase, table: ImportTable): Promise<number> {
  if (table.memberOf) return keepMembers(client, table, table.memberOf)
  if (!table.editable) return 0
  const { target, columns } = table.editable
  const key = table.key[0]
  let kept = 0
  for (const [property, follow] of Object.entries(columns)) {
    const assignments = follow.map((column) => `${column} = present.${column}`).join(', ')
    const { rowCount } = await client.query(
      `update ${stagingName(table)} as staged set ${assignments} from ${table.name} as present
       where present.${key} = staged.${key} and present.${key}::text in (${edited})`,
      [target, property],
    )
    kept += rowCount ?? 0
  }
  return kept
}

async function keepMembers(
  client: ClientBase,
  table: ImportTable,
  { target, property }: NonNullable<ImportTable['memberOf']>,
): Promise<number> {
  const staged = stagingName(table)
  const owner = table.columns[0]
  await client.query(`delete from ${staged} where ${owner}::text in (${edited})`, [target, property])
  const columns = table.columns.join(', ')
  await client.query(`insert into ${staged} select ${columns} from ${table.name} where ${owner}::text in (${edited})`, [
    target,
    property,
  ])
  const { rows } = await client.query<{ owners: number }>(`select count(*)::int as owners from (${edited}) as edited`, [
    target,
    property,
  ])
  return rows[0]?.owners ?? 0
}

/** The ids of the rows of which a property has been set by an editor. */
const edited = 'select distinct target_id from revision where target_type = $1 and patch ? $2'
