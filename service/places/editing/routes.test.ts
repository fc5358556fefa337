import { afterAll, beforeAll, expect, test } from '@jest/globals'
import pg from 'pg'
import { startApp, type TestApp } from '../../../tests/support/app.ts'
import { createDatabase } from '../../../tests/support/database.ts'
import { send } from '../../../tests/support/http.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
let app: TestApp
let correction: string

beforeAll(async () => {
  database = await createDatabase('copy')
  const client = new pg.Client(database.url)
  await client.connect()
  await client.query(
    `insert into revision (target_type, target_id, patch, version) values
       ('city', '2988507', '{"population": 1}', 2), ('city', '2988507', '{"name": "Lutetia"}', 3),
       ('city', '1', '{"name": "Other"}', 2), ('country', '2988507', '{"name": "Other"}', 2)`,
  )
  const { rows } = await client.query<{ id: string }>(
    `insert into correction (target_type, target_id, patch, submitter, reviewer)
     values ('city', '2988507', '{"population": 3}', 'someone@example.org', 'editor') returning id`,
  )
  correction = rows[0]!.id
  await client.end()
  app = await startApp({ databaseUrl: database.url })
})

afterAll(async () => {
  await app.close()
  await database.drop()
})

test('the revisions of a city are its own, oldest first', async () => {
  const { json } = await send(`${app.url}/v1/cities/2988507/revisions`)
  expect(json.data).toEqual([
    { version: 2, patch: { population: 1 }, createdAt: expect.any(String) },
    { version: 3, patch: { name: 'Lutetia' }, createdAt: expect.any(String) },
  ])
})

test('a correction shows what is proposed and its state, never who sent or reviews it', async () => {
  const reply = await send(`${app.url}/v1/corrections/${correction}`)
  expect(reply.headers['cache-control']).toBe('no-store')
  expect(reply.json).toEqual({
    id: correction,
    target: { type: 'city', id: '2988507' },
    patch: { population: 3 },
    state: 'submitted',
    createdAt: expect.any(String),
    reviewedAt: null,
  })
})
