import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { startApp, type TestApp } from '../../tests/support/app.ts'
import { sharedDatabaseUrl } from '../../tests/support/database.ts'
import { send } from '../../tests/support/http.ts'

let app: TestApp
let client: pg.Client

beforeAll(async () => {
  app = await startApp({ cache: { enabled: false } })
  client = new pg.Client(sharedDatabaseUrl())
  await client.connect()
})

afterAll(async () => {
  await client.end()
  await app.close()
})

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}

function nodes(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodes)]
}

/** The plans of the very statements that the route sends. */
async function plansOf(path: string): Promise<Plan[]> {
  app.takeQueries()
  const { status } = await send(app.url + path)
  expect(status).toBe(200)
  const plans: Plan[] = []
  for (const { sql, values } of app.takeQueries()) {
    const { rows } = await client.query(`explain (analyze, format json) ${sql}`, values)
    plans.push(...nodes(rows[0]['QUERY PLAN'][0].Plan))
  }
  return plans
}

const after = (sort: string, key: string | number, id: number) =>
  Buffer.from(JSON.stringify([sort, key, id])).toString('base64url')

test.each([
  ['the largest cities', '/v1/cities'],
  ['a page far on', `/v1/cities?cursor=${after('-population', 2_000, 3_000_000)}`],
  ['by name', '/v1/cities?sort=name'],
  ['by name, far on', `/v1/cities?sort=name&cursor=${after('name', 'paris', 1)}`],
  ['by the beginning of a name', '/v1/cities?q=san&sort=name'],
  ['by the beginning of a name, the largest first', '/v1/cities?q=saint%20etienne'],
  ['of a country', '/v1/countries/US/cities'],
  ['of a country, far on', `/v1/countries/US/cities?cursor=${after('-population', 2_000, 5_000_000)}`],
  ['of a country by name', '/v1/countries/US/cities?sort=name'],
  ['of a country by the beginning of a name', '/v1/countries/US/cities?q=spring&sort=name'],
  ['of a subdivision', '/v1/subdivisions/FR.11/cities'],
  ['of a subdivision by name', '/v1/subdivisions/FR.11/cities?sort=-name'],
  ['of a time zone', '/v1/cities?timezone=Europe/Paris'],
  ['above a population', '/v1/cities?minPopulation=1000000&sort=population'],
  ['one city', '/v1/cities/2988507?include=alternateNames'],
  ['the subdivisions of a country', '/v1/countries/US/subdivisions'],
])('cities %s: no table scan, and few rows touched: %s', async (_, path) => {
  const plans = await plansOf(path)
  const scans = plans.filter(
    (plan) => plan['Node Type'] === 'Seq Scan' && /^(?:city|subdivision)/.test(plan['Relation Name'] ?? ''),
  )
  expect(scans).toEqual([])
  for (const plan of plans.filter((each) => each['Index Name'] !== undefined)) {
    const touched = (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
    expect([plan['Index Name'], touched <= 2_000]).toEqual([plan['Index Name'], true])
  }
})
