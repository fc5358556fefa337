import pg from 'pg'
import { roleName } from './cluster.ts'

/** `denied`: it is a PostgreSQL, and the password is wrong. */
export type Readiness = 'ready' | 'not yet' | 'denied'

/** Asks whether the server takes connections, by making one. The database is made at the first. */
export async function readiness(port: number, password: string): Promise<Readiness> {
  try {
    await withClient({ port, password, database: roleName }, async () => {})
    return 'ready'
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === '28P01' || code === '28000') return 'denied'
    if (code === '3D000') await createDatabase(port, password)
    return 'not yet'
  }
}

async function createDatabase(port: number, password: string): Promise<void> {
  try {
    await withClient({ port, password, database: 'postgres' }, async (client) => {
      await client.query(`create database ${roleName}`)
    })
  } catch {
    // Another start was faster, or the server went away: the next look says.
  }
}

interface Target {
  readonly port: number
  readonly password: string
  readonly database: string
}

async function withClient(target: Target, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({
    ...target,
    host: '127.0.0.1',
    user: roleName,
    ssl: false,
    connectionTimeoutMillis: 3_000,
  })
  client.on('error', () => {}) // without a listener, a connection lost between two awaits would end the process
  try {
    await client.connect()
    await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
