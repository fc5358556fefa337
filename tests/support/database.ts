import { randomBytes } from 'node:crypto'
import pg from 'pg'

const templateDatabase = 'meridian_template'

/** The database with the whole real data that every test may read and none may write. */
export function sharedDatabaseUrl(): string {
  return required('TEST_DATABASE_URL')
}

export function redisUrl(): string {
  return required('TEST_REDIS_URL')
}

/** A database of the test's own: a copy of the whole data, or empty. Drop it when done. */
export async function createDatabase(content: 'copy' | 'empty'): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomBytes(6).toString('hex')}`
  const template = content === 'copy' ? templateDatabase : 'template1'
  await withAdmin((client) => client.query(`create database ${name} template ${template}`))
  const url = new URL(sharedDatabaseUrl())
  url.pathname = name
  return { url: url.href, drop: () => withAdmin((client) => client.query(`drop database ${name} with (force)`)) }
}

/** Makes what createDatabase('copy') copies: PostgreSQL copies only a database that nobody is connected to. */
export async function createTemplate(url: string): Promise<void> {
  await withAdmin((client) => client.query(`create database ${templateDatabase} template ${nameOf(url)}`), url)
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

async function withAdmin(work: (client: pg.Client) => Promise<unknown>, base = sharedDatabaseUrl()): Promise<void> {
  const url = new URL(base)
  url.pathname = 'postgres'
  const client = new pg.Client(url.href)
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function required(name: string): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`Expected ${name} from the tests' global set-up, got nothing`)
  return value
}
