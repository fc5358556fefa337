import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { until } from '../../embedded/testing/harness.ts'
import { createDatabase, sharedDatabaseUrl } from '../../../tests/support/database.ts'
import { importPlaces } from './import-places.ts'
import type { ImportReport } from './report.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
let client: pg.Client

beforeAll(async () => {
  database = await createDatabase('copy')
  client = await connect()
})

afterAll(async () => {
  await client.end()
  await database.drop()
})

async function connect(): Promise<pg.Client> {
  const connection = new pg.Client(database.url)
  connection.on('error', () => undefined)
  await connection.connect()
  return connection
}

const runAll = async (steps: readonly { run: () => Promise<string> }[]) => {
  for (const { run } of steps) await run()
}

async function one<T>(sql: string): Promise<T> {
  const { rows } = await client.query(sql)
  return rows[0] as T
}

describe('the first import', () => {
  let report: ImportReport

  beforeAll(async () => {
    const shared = new pg.Client(sharedDatabaseUrl())
    await shared.connect()
    const { rows } = await shared.query<{ report: ImportReport }>(
      'select report from dataset_import order by id limit 1',
    )
    report = rows[0]!.report
    await shared.end()
  })

  test('keeps what the recipe promises, and says what it dropped and why', () => {
    expect(report).toMatchObject({
      countries: 250,
      borders: 649,
      languages: 153,
      currencies: 162,
      subdivisions: 3865,
      capitals: { byFeatureCode: 241, byName: 2, none: 7 },
      cities: { read: 199_568, kept: 135_560, populationUnknown: 11_780 },
    })
    const dropped = Object.values(report.cities.dropped).reduce((sum, count) => sum + count, 0)
    expect(report.cities.kept + dropped).toBe(report.cities.read)
    expect(report.cities.subdivisionRepaired + report.cities.withoutSubdivision).toBe(767)
  })

  test('is what the tables hold', async () => {
    const counts = await one(
      `select (select count(*)::int from city) as cities, (select count(*)::int from city_name) as names,
         (select count(*)::int from city where population is null) as unknown,
         (select count(*)::int from city where subdivision_geonames_code is null) as without`,
    )
    expect(counts).toEqual({
      cities: report.cities.kept,
      names: report.alternateNames,
      unknown: report.cities.populationUnknown,
      without: report.cities.withoutSubdivision,
    })
  })

  test('leaves every row at its first version', async () => {
    expect(await one('select max(version) as city from city')).toEqual({ city: 1 })
    expect(await one('select max(version) as country from country')).toEqual({ country: 1 })
  })

  test('puts back the indexes and foreign keys that it took off to load', async () => {
    const names = await client.query(
      `select count(*) filter (where contype = 'f')::int as keys, count(*) filter (where contype = 'p')::int as primary
       from pg_constraint where conrelid in ('city'::regclass, 'city_name'::regclass, 'country'::regclass)`,
    )
    expect(names.rows[0]).toEqual({ keys: 5, primary: 3 })
    const { rows } = await client.query(`select indexname from pg_indexes where tablename = 'city'`)
    expect(rows).toHaveLength(8)
  })
})

describe('importing again', () => {
  test('changes nothing when the sources are the same', async () => {
    const { changes } = await importPlaces(client, runAll)
    expect(changes).toEqual({ inserted: 0, updated: 0, removed: 0, edited: 0 })
  })

  test('mends what differs from the sources, counts its version up, and removes what they do not have', async () => {
    await client.query(`update city set population = 1 where id = 2988507`)
    await client.query(`update country set capital_id = null where code = 'FR'`)
    await client.query(`delete from city_name where city_id = 2988507`)
    await client.query(
      `insert into city (id, name, ascii_name, name_key, latitude, longitude, feature_code, country_code, timezone_name)
       values (1, 'Atlantis', 'Atlantis', 'atlantis', 0, 0, 'PPL', 'FR', 'Europe/Paris')`,
    )
    const { changes } = await importPlaces(client, runAll)
    expect(changes).toMatchObject({ updated: 1, removed: 1 })
    expect(changes.inserted).toBeGreaterThan(20)
    expect(await one('select population, version from city where id = 2988507')).toEqual({
      population: 2_138_551,
      version: 2,
    })
    expect(await one(`select capital_id, version from country where code = 'FR'`)).toEqual({
      capital_id: 2_988_507,
      version: 2,
    })
    expect(await one('select count(*)::int as atlantis from city where id = 1')).toEqual({ atlantis: 0 })
  })

  test('keeps what editors changed, and only that', async () => {
    await client.query(
      `update city set population = 2, name = 'Lutetia', name_key = 'lutetia', elevation = 9 where id = 2988507`,
    )
    await client.query(`update country set capital_id = 2995469, area = 5 where code = 'FR'`)
    await client.query(
      `insert into city (id, name, ascii_name, name_key, latitude, longitude, feature_code, country_code, timezone_name)
       values (1, 'Atlantis', 'Atlantis', 'atlantis', 0, 0, 'PPL', 'FR', 'Europe/Paris')`,
    )
    await client.query(
      `insert into revision (target_type, target_id, patch, version) values
         ('city', '2988507', '{"population": 2}', 3), ('city', '2988507', '{"name": "Lutetia"}', 4),
         ('city', '1', '{"name": "Atlantis"}', 1), ('country', 'FR', '{"capital": 2995469, "currencies": ["XTS"]}', 3),
         ('city', '2988507', '{"alternateNames": ["Lutetia"]}', 5)`,
    )
    await client.query(`insert into currency (code, name, symbol) values ('XTS', 'Test', '¤')`)
    await client.query(`delete from country_currency where country_code = 'FR'`)
    await client.query(`insert into country_currency (country_code, currency_code) values ('FR', 'XTS')`)
    await client.query(`delete from city_name where city_id = 2988507 and name <> 'Lutetia'`)
    const { changes } = await importPlaces(client, runAll)
    expect(changes).toMatchObject({ inserted: 0, removed: 0, edited: 4 })
    expect(
      await one(`select string_agg(currency_code, ',') as codes from country_currency where country_code = 'FR'`),
    ).toEqual({
      codes: 'XTS',
    })
    expect(await one(`select string_agg(name, ',') as names from city_name where city_id = 2988507`)).toEqual({
      names: 'Lutetia',
    })
    expect(await one('select name, name_key, population, elevation from city where id = 2988507')).toEqual({
      name: 'Lutetia',
      name_key: 'lutetia',
      population: 2,
      elevation: null,
    })
    expect(await one(`select capital_id, area from country where code = 'FR'`)).toEqual({
      capital_id: 2_995_469,
      area: 551_695,
    })
    expect(await one('select name from city where id = 1')).toEqual({ name: 'Atlantis' })
  })
})

describe('an editor beside an import', () => {
  test('who has begun is waited for, and what they set is kept', async () => {
    const editor = await connect()
    await editor.query('begin')
    await editor.query(`update city set population = 42 where id = 2988518`)
    await editor.query(
      `insert into revision (target_type, target_id, patch, version) values ('city', '2988518', '{"population": 42}', 2)`,
    )
    const importer = await connect()
    const importing = importPlaces(importer, runAll)
    await until('the import waits for the editor', async () => {
      const { rows } = await client.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      )
      return rows.length > 0
    })
    await editor.query('commit')
    await importing
    expect(await one('select population from city where id = 2988518')).toEqual({ population: 42 })
    await Promise.all([editor.end(), importer.end()])
  })

  test('who set something that the import cannot keep stops it, and nothing has changed', async () => {
    await client.query(
      `insert into revision (target_type, target_id, patch, version) values ('country', 'FR', '{"anthem": "x"}', 9)`,
    )
    await expect(importPlaces(client, runAll)).rejects.toThrow(/got anthem of a country: nothing was imported/)
    await client.query(`delete from revision where patch ? 'anthem'`)
  })
})

test.each(['Cities', 'Remove what the sources no longer have'])(
  'killed in the middle of "%s", it leaves the old data whole, and readers read it all the while',
  async (title) => {
    await client.query(`update city set elevation = 4321 where id = 2988507`)
    const victim = await connect()
    const pid = Number((await victim.query('select pg_backend_pid() as pid')).rows[0].pid)
    const importing = importPlaces(victim, async (steps) => {
      for (const step of steps) {
        await step.run()
        if (step.title !== title) continue
        // By now the transaction has changed the row; nobody else may see it, or wait for it.
        expect(await one('select elevation from city where id = 2988507')).toEqual({ elevation: 4321 })
        await client.query('select pg_terminate_backend($1)', [pid])
      }
    })
    await expect(importing).rejects.toThrow()
    expect(await one('select elevation from city where id = 2988507')).toEqual({ elevation: 4321 })
    const { changes } = await importPlaces(client, runAll)
    expect(changes).toMatchObject({ updated: 1 })
    await victim.end().catch(() => undefined)
  },
)
