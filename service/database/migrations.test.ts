import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createDatabase } from '../../tests/support/database.ts'
import { createOrm, importInto, prepareDatabase } from './index.ts'

let database: Awaited<ReturnType<typeof createDatabase>>

beforeEach(async () => {
  database = await createDatabase('empty')
})

afterEach(async () => {
  await database.drop()
})

test('the migrations make the schema that the entities describe', async () => {
  const orm = await createOrm({ url: database.url })
  await orm.migrator.up()
  expect(await orm.schema.getUpdateSchemaSQL()).toBe('')
  await orm.close()
})

test('services that start together on an empty database migrate and import it once', async () => {
  const orms = await Promise.all([1, 2, 3].map(() => createOrm({ url: database.url })))
  let imports = 0
  const notices: string[] = []
  const runSteps = async () => {
    imports += 1
  }
  await Promise.all(
    orms.map((orm) =>
      prepareDatabase({ orm, url: database.url, runSteps, onNotice: (message) => notices.push(message) }),
    ),
  )
  expect(imports).toBe(1)
  expect(notices).toContain('another process is migrating or importing: waiting for it')
  await importInto({ orm: orms[0]!, url: database.url, runSteps, onNotice: () => undefined })
  expect(imports).toBe(2)
  await Promise.all(orms.map((orm) => orm.close()))
})
