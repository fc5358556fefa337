import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { createOrm } from '../service/database/index.ts'

/** The rows of one table as COPY's text. */
export interface TableContent {
  readonly name: string
  readonly columns: readonly string[]
  readonly content: Buffer
}

/** What tables hold of the given columns. */
export async function copyOut(
  client: pg.Client,
  tables: readonly { readonly name: string; readonly columns: readonly string[] }[],
): Promise<TableContent[]> {
  const contents: TableContent[] = []
  for (const { name, columns } of tables) {
    const content = await buffer(client.query(copyTo(`copy ${name} (${columns.join(', ')}) to stdout`)))
    contents.push({ name, columns, content })
  }
  return contents
}

/** COPYs the rows in one transaction, in the order given, which foreign keys may ask for. */
export async function copyIn(client: pg.Client, contents: readonly TableContent[]): Promise<void> {
  await client.query('begin')
  await client.query('set local statement_timeout = 0')
  for (const { name, columns, content } of contents) {
    const target = client.query(copyFrom(`copy ${name} (${columns.join(', ')}) from stdin`))
    await pipeline(Readable.from(chunksOf(content)), target)
  }
  await client.query('commit')
}

/** Of the size that the import itself sends. */
function* chunksOf(content: Buffer, size = 64 * 1024): Generator<Buffer> {
  for (let start = 0; start < content.length; start += size) yield content.subarray(start, start + size)
}

/** Tables of the same columns and types with no index, key, default or constraint; the contents, to be copied there. */
export async function makeBare(client: pg.Client, contents: readonly TableContent[]): Promise<TableContent[]> {
  await client.query('create schema bare')
  for (const { name, columns } of contents) {
    await client.query(`create table bare.${name} as select ${columns.join(', ')} from ${name} with no data`)
  }
  return contents.map((table) => Object.assign({ ...table }, { name: `bare.${table.name}` }))
}

/** A new database on the server, with the service's schema and no rows. */
export async function createMigrated(serverUrl: string): Promise<{ url: string; drop: () => Promise<unknown> }> {
  const name = `bench_${randomBytes(6).toString('hex')}`
  await withClient(serverUrl, (client) => client.query(`create database ${name} template template1`))
  const url = new URL(serverUrl)
  url.pathname = name
  const orm = await createOrm({ url: url.href, poolSize: 1 })
  await orm.migrator.up()
  await orm.close()
  const drop = () => withClient(serverUrl, (client) => client.query(`drop database ${name} with (force)`))
  return { url: url.href, drop }
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url)
  // The server may be stopped beneath it; the query under way says so.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
