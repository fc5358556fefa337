import { afterAll, expect, test } from '@jest/globals'
import { startPostgres } from './index.ts'
import { answer, argumentsOf, cleanUp, isGone, postmasterOf, processesNaming, query } from './testing/harness.ts'
import { spawnOwner, until } from './testing/harness.ts'
import { expectNothingLeft, keep, newPlace } from './testing/kept.ts'

afterAll(cleanUp)

test.each<[string, 'SIGTERM' | 'SIGKILL']>([
  ['stops', 'SIGTERM'],
  ['is killed', 'SIGKILL'],
])('who shares a server takes it over at the same URL when its owner %s', async (_, signal) => {
  const place = await newPlace()
  const owner = spawnOwner({ postgres: place })
  const { postgres } = await owner.started
  await query(postgres!.url, 'create table kept as select 1 as id')
  const { dataDir, server, address, notices } = await keep(place)
  expect(server).toMatchObject({ shared: true, url: postgres!.url })

  owner.process.kill(signal)
  await until('it is taken over', () => !server.shared)
  expect(await query(server.url, 'select id from kept')).toEqual([{ id: 1 }])
  expect(notices[1]).toMatch(
    new RegExp(`^The embedded PostgreSQL has (lost|ended).* process ${owner.pid}.*; starting it again$`),
  )
  expect(notices.at(-1)).toBe(`The embedded PostgreSQL is back at ${address}`)

  process.kill(postmasterOf(dataDir), 'SIGKILL')
  await until('it is back', () => notices.at(-2)?.includes('killed by SIGKILL') === true)
  expect(await answer(server.url, 'select id from kept')).toEqual([{ id: 1 }])
  await server.stop()
  expectNothingLeft(dataDir)
})

test('who shares a server whose owner and watcher are dead stops it, and takes over', async () => {
  const place = await newPlace()
  const owner = spawnOwner({ postgres: place })
  const { postgres } = await owner.started
  const { dataDir, server } = await keep(place)
  const shells = processesNaming(dataDir).filter((pid) => argumentsOf(pid).startsWith('/bin/sh'))
  for (const pid of shells) process.kill(pid, 'SIGKILL')
  owner.process.kill('SIGKILL')
  await until('it is taken over', () => !server.shared)
  expect(isGone(postgres!.pid)).toBe(true)
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  expectNothingLeft(dataDir)
})

test('of several who share, one takes over and the others share that one, owner after owner', async () => {
  const place = await newPlace()
  const first = spawnOwner({ postgres: place })
  const { postgres } = await first.started
  const { url } = postgres!
  const sharers = [spawnOwner({ postgres: place }), spawnOwner({ postgres: place }), spawnOwner({ postgres: place })]
  for (const { started } of sharers) expect((await started).postgres).toMatchObject({ url, shared: true })

  const alive = new Map([first, ...sharers].map((owner) => [owner.pid, owner]))
  while (alive.size > 1) {
    const owner = ownerNow(place.dataDir)
    alive.get(owner)?.process.kill(alive.size % 2 ? 'SIGTERM' : 'SIGKILL')
    alive.delete(owner)
    await until('it is taken over', () => alive.has(ownerNow(place.dataDir)))
    expect(await answer(url, 'select 1 as one')).toEqual([{ one: 1 }])
  }
  for (const { process } of alive.values()) process.kill('SIGTERM')
  await until('nothing is left', () => processesNaming(place.dataDir).length === 0)
  expectNothingLeft(place.dataDir)
})

test('who comes as an owner ends has the URL that the sharers have', async () => {
  const place = await newPlace()
  const owner = spawnOwner({ postgres: place })
  await owner.started
  const { dataDir, server } = await keep(place)
  owner.process.kill('SIGKILL')
  const late = await startPostgres(place)
  expect(late.url).toBe(server.url)
  await late.stop()
  await until('it is this one', () => !server.shared)
  expect(await answer(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
  await server.stop()
  expectNothingLeft(dataDir)
})

test('who has stopped sharing takes nothing over', async () => {
  const place = await newPlace()
  const owner = spawnOwner({ postgres: place })
  const { postgres } = await owner.started
  const { dataDir, server, notices } = await keep(place)
  await server.stop()
  owner.process.kill('SIGTERM')
  await until('it is gone', () => isGone(postgres!.pid))
  // Longer than the next look would have been.
  await new Promise((resolve) => setTimeout(resolve, 600))
  expect(notices).toHaveLength(1)
  expectNothingLeft(dataDir)
})

function ownerOf(postmaster: number): number {
  return Number(/meridian\.owner=(\d+)-/.exec(argumentsOf(postmaster))?.[1])
}

/** NaN in a moment when there is none. */
function ownerNow(dataDir: string): number {
  try {
    return ownerOf(postmasterOf(dataDir))
  } catch {
    return Number.NaN
  }
}
