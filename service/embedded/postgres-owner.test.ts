import { afterAll, expect, test } from '@jest/globals'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from './index.ts'
import { cleanUp, folderWithCluster, isGone, processesNaming, query, redisProgram } from './testing/harness.ts'
import { spawnOwner, temporaryFolder, until } from './testing/harness.ts'

afterAll(cleanUp)

test('when its owner is killed, PostgreSQL and Redis stop, and start again on the same folder', async () => {
  const dataDir = await folderWithCluster()
  const place = { dataDir, dataDirIsDefault: false }
  const owner = spawnOwner({ postgres: place, redis: { ...place, ...redisProgram(process.env) } })
  const { postgres, redis } = await owner.started
  await query(postgres!.url, `create table kept as select 1 as id`)
  const redisPids = processesNaming(`127.0.0.1:${new URL(redis!.url).port}`)
  expect(redisPids).toHaveLength(1)

  owner.process.kill('SIGKILL')
  await until('PostgreSQL is gone', () => isGone(postgres!.pid))
  await until('Redis is gone', () => redisPids.every(isGone))
  await until('their watchers are gone', () => processesNaming(dataDir).length === 0)

  const server = await startPostgres(place)
  expect(server.shared).toBe(false)
  expect(await query(server.url, 'select id from kept')).toEqual([{ id: 1 }])
  await server.stop()
})

test('the servers do not keep their owner from ending, and end with it', async () => {
  const place = { dataDir: await folderWithCluster(), dataDirIsDefault: false }
  const program = redisProgram(process.env)
  const owner = spawnOwner({ postgres: place, redis: { ...place, ...program }, leave: true })
  const { postgres } = await owner.started
  await until('the owner has ended', () => owner.process.exitCode === 0)
  await until('PostgreSQL is gone', () => isGone(postgres!.pid))
})

test('starts at once after its owner was killed, while the old server may still be stopping', async () => {
  const place = { dataDir: await folderWithCluster(), dataDirIsDefault: false }
  const owner = spawnOwner({ postgres: place })
  const { postgres } = await owner.started
  await query(postgres!.url, `create table kept as select generate_series(1, 100000) as id`)
  owner.process.kill('SIGKILL')
  const server = await startPostgres(place)
  expect(server).toMatchObject({ shared: false })
  expect(await query(server.url, 'select count(*)::int as count from kept')).toEqual([{ count: 100_000 }])
  await server.stop()
})

test('stops the server of a dead owner whose watcher is dead too', async () => {
  const place = { dataDir: await folderWithCluster(), dataDirIsDefault: false }
  const owner = spawnOwner({ postgres: place })
  const { postgres } = await owner.started
  const shells = processesNaming(place.dataDir).filter((pid) => pid !== postgres!.pid && pid !== owner.pid)
  for (const pid of shells) process.kill(pid, 'SIGKILL')
  owner.process.kill('SIGKILL')
  await until('the owner is gone', () => isGone(owner.pid))
  expect(isGone(postgres!.pid)).toBe(false)

  const notices: string[] = []
  const server = await startPostgres({ ...place, onNotice: (message) => notices.push(message) })
  expect(server.shared).toBe(false)
  expect(notices).toEqual([`Waiting for the PostgreSQL of an earlier run (process ${postgres!.pid}) to stop`])
  expect(isGone(postgres!.pid)).toBe(true)
  await server.stop()
})

test('shares the server of an owner that lives, and leaves it running', async () => {
  const place = { dataDir: await folderWithCluster(), dataDirIsDefault: false }
  const owner = spawnOwner({ postgres: place })
  const { postgres } = await owner.started
  const notices: string[] = []
  const server = await startPostgres({ ...place, onNotice: (message) => notices.push(message) })
  expect(server).toMatchObject({ shared: true, url: postgres!.url })
  expect(notices).toEqual([expect.stringContaining(`shared with process ${owner.pid}; when it goes`)])
  await server.stop()
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])

  owner.process.kill('SIGKILL')
  const own = await startPostgres(place)
  expect(own.shared).toBe(false)
  await own.stop()
})

test.each([
  ['a new folder', async () => temporaryFolder()],
  ['one with a cluster', folderWithCluster],
])('of starts that race in %s, one owns the server and the others share it', async (_, folder) => {
  const place = { dataDir: await folder(), dataDirIsDefault: false }
  const owners = [spawnOwner({ postgres: place }), spawnOwner({ postgres: place }), spawnOwner({ postgres: place })]
  const reports = await Promise.all(owners.map(({ started }) => started))
  expect(new Set(reports.map(({ postgres }) => postgres!.url)).size).toBe(1)
  expect(reports.filter(({ postgres }) => !postgres!.shared)).toHaveLength(1)
  expect(readdirSync(place.dataDir)).toEqual(['postgres'])
  for (const { process } of owners) process.kill('SIGKILL')
})

test.each([
  ['as it begins', 0],
  ['half way', 250],
  ['near its end', 600],
])('killed in the midst of initdb, %s, the next start begins afresh', async (_, wait) => {
  const place = { dataDir: temporaryFolder(), dataDirIsDefault: false }
  const owner = spawnOwner({ postgres: place })
  await until('initdb runs', () => readdirSync(place.dataDir).some((name) => name.startsWith('postgres.new-')))
  await sleep(wait)
  owner.process.kill('SIGKILL')
  await until('the owner is gone', () => isGone(owner.pid))
  const server = await startPostgres(place)
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  await until('nothing of it runs', () => processesNaming(place.dataDir).length === 0)
  const again = await startPostgres(place)
  await again.stop()
  expect(readdirSync(place.dataDir)).toEqual(['postgres'])
})

const lockOf = (pid: number, data: string): string =>
  `${pid}\n${data}\n1700000000\n5432\n\n127.0.0.1\n  123456 1\nready   \n`

test.each<[string, (data: string) => string]>([
  ['a process that is gone', (data) => lockOf(2 ** 22 + 1, data)],
  ['another program', (data) => lockOf(process.pid, data)],
  ['nothing: it is empty', () => ''],
  ['nothing: it is garbled', () => 'not a pid\n\n\n'],
])('starts over a postmaster.pid that names %s', async (_, content) => {
  const dataDir = await folderWithCluster()
  const lock = join(dataDir, 'postgres/data/postmaster.pid')
  writeFileSync(lock, content(join(dataDir, 'postgres/data')))
  const server = await startPostgres({ dataDir, dataDirIsDefault: false })
  expect(server.shared).toBe(false)
  expect(readFileSync(lock, 'utf8')).toMatch(/ready\s*$/)
  await server.stop()
  expect(readdirSync(join(dataDir, 'postgres/data')).filter((name) => name.startsWith('postmaster.pid'))).toEqual([])
})

test('starts over the lock and the log of a crash of everything at once', async () => {
  const place = { dataDir: await folderWithCluster(), dataDirIsDefault: false }
  const owner = spawnOwner({ postgres: place })
  const { postgres } = await owner.started
  await query(postgres!.url, `create table kept as select 1 as id`)
  for (const pid of [...processesNaming(place.dataDir), owner.pid]) process.kill(pid, 'SIGKILL')
  await until('the server is gone', () => isGone(postgres!.pid))
  expect(existsSync(join(place.dataDir, 'postgres/data/postmaster.pid'))).toBe(true)
  const server = await startPostgres(place)
  expect(await query(server.url, 'select id from kept')).toEqual([{ id: 1 }])
  await server.stop()
})

test('leaves the leftovers of a start that is still at work', async () => {
  const place = { dataDir: await folderWithCluster(), dataDirIsDefault: false }
  const other = spawnOwner({ postgres: { dataDir: temporaryFolder(), dataDirIsDefault: false } })
  await other.started
  const { identityOf } = await import('./process-identity.ts')
  const names = [`postgres.new-${identityOf(other.pid)}-abcd`, `postgres.new-${other.pid}-1-abcd`]
  for (const name of names) writeFileSync(join(place.dataDir, name), '')
  const server = await startPostgres(place)
  expect(names.map((name) => existsSync(join(place.dataDir, name)))).toEqual([true, false])
  await server.stop()
  rmSync(join(place.dataDir, names[0]!))
})
