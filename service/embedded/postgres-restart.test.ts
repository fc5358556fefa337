import { afterAll, expect, test } from '@jest/globals'
import { renameSync, truncateSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { argumentsOf, cleanUp, isGone, postmasterOf, processesNaming, query, until } from './testing/harness.ts'
import { expectNothingLeft, keep, newPlace } from './testing/kept.ts'

afterAll(cleanUp)

test('a server that is killed is started again at the same URL, with its data, as often as that happens', async () => {
  const { dataDir, server, address, notices } = await keep(await newPlace())
  await query(server.url, 'create table kept as select 1 as id')
  for (const round of [1, 2]) {
    const pid = postmasterOf(dataDir)
    process.kill(pid, 'SIGKILL')
    await until('it is back', () => notices.length === 2 * round)
    expect(await query(server.url, 'select id from kept')).toEqual([{ id: 1 }])
    expect(postmasterOf(dataDir)).not.toBe(pid)
  }
  expect(notices.slice(2)).toEqual([
    'The embedded PostgreSQL has ended by itself: killed by SIGKILL; starting it again',
    `The embedded PostgreSQL is back at ${address}`,
  ])
  expect(server.shared).toBe(false)
  await server.stop()
  expectNothingLeft(dataDir)
})

test('a server that somebody stops is started again, and the reason told', async () => {
  const { dataDir, server, notices } = await keep(await newPlace())
  process.kill(postmasterOf(dataDir), 'SIGINT')
  await until('it is back', () => notices.length === 2)
  expect(notices[0]).toMatch(/^The embedded PostgreSQL has ended by itself: .*shut down.*; starting it again$/)
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  expectNothingLeft(dataDir)
})

test('waits for a query that outlives its killed server', async () => {
  const { dataDir, server, notices } = await keep(await newPlace())
  const client = new pg.Client(server.url)
  client.on('error', () => {})
  await client.connect()
  const [row] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
  const busy = client.query('do $$ begin for i in 1..60000000 loop end loop; end $$').catch(() => {})
  process.kill(postmasterOf(dataDir), 'SIGKILL')
  await until('it is back', () => notices.length === 2)
  expect(isGone(row!.pid)).toBe(true)
  expect(notices[1]).toMatch(/is back/)
  await busy
  await server.stop()
  expectNothingLeft(dataDir)
})

test.each([
  ['shell', 'does not look at the pipe', false],
  ['shell and watcher', 'has nobody to stop it', true],
])('when its %s is killed, a server that %s is replaced', async (_, __, watcherToo) => {
  const { dataDir, server, notices } = await keep(await newPlace())
  const old = postmasterOf(dataDir)
  const shells = processesNaming(dataDir).filter((pid) => argumentsOf(pid).startsWith('/bin/sh'))
  expect(shells).toHaveLength(2)
  // The watcher was forked by the shell.
  for (const pid of watcherToo ? shells : [Math.min(...shells)]) process.kill(pid, 'SIGKILL')
  await until('it is back', () => notices.some((notice) => notice.includes('is back')))
  expect(isGone(old)).toBe(true)
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(server.shared).toBe(false)
  await server.stop()
  expectNothingLeft(dataDir)
})

test('told to stop as a restart begins, leaves nothing', async () => {
  let stopped: Promise<void> | undefined
  const { dataDir, server } = await keep(await newPlace(), () => (stopped ??= server.stop()))
  process.kill(postmasterOf(dataDir), 'SIGKILL')
  await until('it is told to stop', () => stopped !== undefined)
  await stopped
  await until('the children of the killed server are gone', () => processesNaming(dataDir).length === 0)
})

test('told to stop while the new server starts, leaves nothing', async () => {
  const { dataDir, server, notices } = await keep(await newPlace())
  const old = new Set(processesNaming(dataDir))
  process.kill(postmasterOf(dataDir), 'SIGKILL')
  await until('a new one starts', () => processesNaming(dataDir).some((pid) => !old.has(pid)))
  await server.stop()
  expect(processesNaming(dataDir)).toEqual([])
  await expect(query(server.url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect(notices[0]).toMatch(/starting it again$/)
})

test('told to stop while a query of the killed server is in the way, does not wait for it', async () => {
  const { dataDir, server, notices } = await keep(await newPlace())
  const client = new pg.Client(server.url)
  client.on('error', () => {})
  await client.connect()
  const [row] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
  client.query('do $$ begin loop end loop; end $$').catch(() => {})
  process.kill(postmasterOf(dataDir), 'SIGKILL')
  await until('it is noticed', () => notices.length === 1)
  await server.stop()
  expect(isGone(row!.pid)).toBe(false)
  process.kill(row!.pid, 'SIGKILL')
  expect(notices).toHaveLength(1)
  expect(processesNaming(dataDir)).toEqual([])
})

test('gives up on a data directory that is broken, after a few attempts ever further apart; stop still works', async () => {
  const { dataDir, server, address, notices } = await keep(await newPlace())
  truncateSync(join(dataDir, 'postgres/data/global/pg_control'), 10)
  process.kill(postmasterOf(dataDir), 'SIGKILL')
  const began = Date.now()
  await until('it is given up', () => notices.at(-1)?.includes(`can't be brought back`) === true, 40_000)
  expect(Date.now() - began).toBeGreaterThan(7_000)
  expect(notices).toEqual([
    'The embedded PostgreSQL has ended by itself: killed by SIGKILL; starting it again',
    ...[1, 2, 3, 4, 5].map((attempt): unknown =>
      expect.stringMatching(
        `^The embedded PostgreSQL could not start: .*pg_control.*move .* away.* \\(attempt ${attempt} of 5\\)$`,
      ),
    ),
    `The embedded PostgreSQL can't be brought back: it was tried 5 times in a row, and nothing will answer at ${address} until ` +
      'Meridian is started again',
  ])
  expect(processesNaming(dataDir)).toEqual([])
  await server.stop()
})

test('waits for its port when another program has taken it, and says so', async () => {
  const other = createServer((socket) => socket.destroy())
  const { dataDir, server, address, notices } = await keep(await newPlace(), (notice) => {
    // The first attempt fails by this, so that the port is free to be taken before the second.
    if (notice.includes('(attempt 1 of 5)')) {
      other.listen(Number(new URL(server.url).port), '127.0.0.1')
      renameSync(`${control}.away`, control)
    }
    if (notice.includes('(attempt 2 of 5)')) other.close()
  })
  const control = join(dataDir, 'postgres/data/global/pg_control')
  renameSync(control, `${control}.away`)
  process.kill(postmasterOf(dataDir), 'SIGKILL')
  await until('it is back', () => notices.length === 4)
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(notices[2]).toBe(
    `The embedded PostgreSQL could not start again at ${address}, since another program has taken that port: end that ` +
      'program, or start Meridian again to have another port (attempt 2 of 5)',
  )
  expect(notices[3]).toBe(`The embedded PostgreSQL is back at ${address}`)
  await server.stop()
  expectNothingLeft(dataDir)
})
