import { afterAll, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { startPostgres } from './index.ts'
import { argumentsOf, cleanUp, folderWithCluster, processesNaming, query, temporaryFolder } from './testing/harness.ts'

afterAll(cleanUp)

test('starts in an empty folder, with the database and the user of its URL', async () => {
  const dataDir = join(temporaryFolder(), 'not yet', 'there')
  const server = await startPostgres({ dataDir, dataDirIsDefault: false })
  const [row] = await query<Record<string, string>>(
    server.url,
    `select current_user as "user", current_database() as "database", current_setting('server_encoding') as encoding,
       current_setting('fsync') as fsync, current_setting('data_directory_mode') as mode, version()`,
  )
  expect(row).toMatchObject({ user: 'meridian', database: 'meridian', encoding: 'UTF8', fsync: 'on', mode: '0700' })
  expect(row?.['version']).toMatch(/^PostgreSQL 18/)
  expect(server.url).toMatch(/^postgresql:\/\/meridian:\w{48}@127\.0\.0\.1:\d+\/meridian$/)
  expect(server.shared).toBe(false)
  await server.stop()
})

test('listens on the loopback address alone, and on no socket file', async () => {
  const server = await startPostgres({
    dataDir: await folderWithCluster(),
    dataDirIsDefault: false,
    settings: { listen_addresses: '*', unix_socket_directories: '/tmp', work_mem: '5MB', max_connections: '17' },
  })
  const [row] = await query(
    server.url,
    `select current_setting('listen_addresses') as addresses, current_setting('unix_socket_directories') as sockets,
       current_setting('work_mem') as memory, current_setting('max_connections') as connections`,
  )
  expect(row).toEqual({ addresses: '127.0.0.1', sockets: '', memory: '5MB', connections: '17' })
  await server.stop()
})

test('refuses a wrong password, and none', async () => {
  const server = await startPostgres({ dataDir: await folderWithCluster(), dataDirIsDefault: false })
  const wrong = new URL(server.url)
  wrong.password = 'guess'
  await expect(query(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  await expect(query(server.url.replace(/:\w+@/, '@'), 'select 1')).rejects.toThrow(/password/)
  await server.stop()
})

test('keeps the password to its owner: not in arguments, nor in the log', async () => {
  const dataDir = await folderWithCluster()
  const server = await startPostgres({ dataDir, dataDirIsDefault: false })
  const { password } = new URL(server.url)
  const pids = processesNaming(dataDir)
  expect(pids.length).toBeGreaterThan(0)
  for (const pid of pids) expect(argumentsOf(pid)).not.toContain(password)
  await server.stop()
  expect(readFileSync(join(dataDir, 'postgres/postgres.log'), 'utf8')).not.toContain(password)
  expect(statSync(join(dataDir, 'postgres/password')).mode & 0o777).toBe(0o600)
  expect(statSync(join(dataDir, 'postgres/data')).mode & 0o777).toBe(0o700)
})

test('keeps what was stored through a stop and a start', async () => {
  const dataDir = await folderWithCluster()
  const first = await startPostgres({ dataDir, dataDirIsDefault: false })
  await query(first.url, `create table kept as select 'Zürich' as name`)
  await first.stop()
  const second = await startPostgres({ dataDir, dataDirIsDefault: false })
  expect(await query(second.url, 'select name from kept')).toEqual([{ name: 'Zürich' }])
  await second.stop()
})

test('stops under open transactions, leaves nothing behind, and may be stopped twice', async () => {
  const dataDir = await folderWithCluster()
  const server = await startPostgres({ dataDir, dataDirIsDefault: false })
  const client = new pg.Client(server.url)
  client.on('error', () => {})
  await client.connect()
  await client.query('begin; create table unfinished (id int)')
  await Promise.all([server.stop(), server.stop()])
  await server.stop()
  expect(processesNaming(dataDir)).toEqual([])
  expect(existsSync(join(dataDir, 'postgres/data/postmaster.pid'))).toBe(false)
  await client.end().catch(() => {})
})

test('has the port of last time again, and another one where that is taken', async () => {
  const place = { dataDir: await folderWithCluster(), dataDirIsDefault: false }
  const first = await startPostgres(place)
  await first.stop()
  const second = await startPostgres(place)
  await second.stop()
  expect(second.url).toBe(first.url)

  const other = createServer().listen(Number(new URL(first.url).port), '127.0.0.1')
  await once(other, 'listening')
  const third = await startPostgres(place)
  expect(third.url).not.toBe(first.url)
  expect(await query(third.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await third.stop()
  other.close()
})

test('takes another port when the one it found free is taken in between', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const taken = (other.address() as AddressInfo).port
  const ports = [taken, taken]
  const freePort = async (): Promise<number> => ports.pop() ?? (await import('./free-port.ts')).freePort()
  const server = await startPostgres({ dataDir: await folderWithCluster(), dataDirIsDefault: false }, { freePort })
  expect(ports).toEqual([])
  expect(Number(new URL(server.url).port)).not.toBe(taken)
  await server.stop()
  other.close()
})

test('does not mistake the server of a copy of its folder, which has the same password, for its own', async () => {
  const [one, two] = [await folderWithCluster(), await folderWithCluster()]
  const first = await startPostgres({ dataDir: one, dataDirIsDefault: false })
  const ports = [Number(new URL(first.url).port)]
  const freePort = async (): Promise<number> => ports.pop() ?? (await import('./free-port.ts')).freePort()
  const second = await startPostgres({ dataDir: two, dataDirIsDefault: false }, { freePort })
  expect(ports).toEqual([])
  expect(new URL(second.url).password).toBe(new URL(first.url).password)
  expect(second.url).not.toBe(first.url)
  await Promise.all([first.stop(), second.stop()])
})
