import { afterAll, expect, test } from '@jest/globals'
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import { EmbeddedServerError, findRedisServer, startRedis } from './index.ts'
import { answersPing } from './redis-ping.ts'
import { argumentsOf, cleanUp, isGone, processesNaming, redisServer, spawnOwner } from './testing/harness.ts'
import { temporaryFolder, until } from './testing/harness.ts'

afterAll(cleanUp)

const binary = redisServer(process.env['PATH'])

const pidsOf = (url: string): number[] => processesNaming(`127.0.0.1:${new URL(url).port}`)

async function withRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await work(redis)
  } finally {
    redis.disconnect()
  }
}

test('is a bounded cache on the loopback address that writes nothing to disk', async () => {
  const dataDir = temporaryFolder()
  const server = await startRedis({ binary, dataDir, dataDirIsDefault: false })
  expect(server.url).toMatch(/^redis:\/\/:\w{48}@127\.0\.0\.1:\d+$/)
  expect(server.shared).toBe(false)
  await withRedis(server.url, async (redis) => {
    const settings = ['bind', 'maxmemory', 'maxmemory-policy', 'save', 'appendonly', 'protected-mode', 'unixsocket']
    const found = await Promise.all(settings.map(async (name) => (await redis.config('GET', name)) as unknown))
    expect(found.map(pair)).toEqual(['127.0.0.1', String(128 << 20), 'allkeys-lru', '', 'no', 'yes', ''])
    expect(await redis.set('key', 'value')).toBe('OK')
  })
  expect(readdirSync(dataDir)).toEqual([])
  await server.stop()
  expect(readdirSync(dataDir)).toEqual([])
})

test('wants its password, and keeps it out of its arguments', async () => {
  const server = await startRedis({ binary, dataDir: temporaryFolder(), dataDirIsDefault: false })
  const { password, port } = new URL(server.url)
  expect(await firstAnswer(Number(port), 'PING')).toMatch(/^-NOAUTH/)
  expect(await answersPing(Number(port), 'guess')).toBe(false)
  expect(await answersPing(Number(port), password)).toBe(true)
  const pids = pidsOf(server.url)
  expect(pids).toHaveLength(1)
  for (const pid of pids) expect(argumentsOf(pid)).not.toContain(password)
  await server.stop()
})

test('every start has a server of its own, and stop ends it for good', async () => {
  const place = { dataDir: temporaryFolder(), dataDirIsDefault: false }
  const [one, two] = await Promise.all([startRedis({ binary, ...place }), startRedis({ binary, ...place })])
  expect(one.url).not.toBe(two.url)
  const [pid] = pidsOf(one.url)
  await Promise.all([one.stop(), one.stop()])
  expect(isGone(pid!)).toBe(true)
  expect(await withRedis(two.url, (redis) => redis.ping())).toBe('PONG')
  await two.stop()
})

test('removes what a killed owner left half started', async () => {
  const place = { dataDir: temporaryFolder(), dataDirIsDefault: false }
  const owner = spawnOwner({ redis: { binary, ...place } })
  const { redis } = await owner.started
  const pids = pidsOf(redis!.url)
  const leftover = join(place.dataDir, `redis-${owner.pid}-1-abcd.conf`)
  writeFileSync(leftover, '')
  owner.process.kill('SIGKILL')
  await until('Redis is gone', () => pids.every(isGone))
  const server = await startRedis({ binary, ...place })
  expect(readdirSync(place.dataDir)).toEqual([])
  await server.stop()
})

test('takes another port when the one it found free is taken in between', async () => {
  const other = createServer((socket) => socket.end('-ERR not you\r\n')).listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const taken = (other.address() as AddressInfo).port
  const ports = [taken]
  const freePort = async (): Promise<number> => ports.pop() ?? (await import('./free-port.ts')).freePort()
  const server = await startRedis({ binary, dataDir: temporaryFolder(), dataDirIsDefault: false }, { freePort })
  expect(ports).toEqual([])
  expect(Number(new URL(server.url).port)).not.toBe(taken)
  await server.stop()
  other.close()
})

test.each([
  [
    'says why',
    '#!/bin/sh\necho first\necho "Bad directive or wrong number of arguments"\nexit 1\n',
    /: Bad directive or wrong/,
  ],
  ['says nothing', '#!/bin/sh\nexit 1\n', /it said nothing/],
])('a server that ends at once and %s is reported in one line', async (_, script, said) => {
  const folder = temporaryFolder()
  const broken = join(folder, 'redis-server')
  writeFileSync(broken, script)
  chmodSync(broken, 0o755)
  const failed: unknown = await startRedis({ binary: broken, dataDir: folder, dataDirIsDefault: false }).catch(
    (e: unknown) => e,
  )
  expect(failed).toBeInstanceOf(EmbeddedServerError)
  const { message } = failed as Error
  expect(message).toMatch(said)
  expect(message).toContain(`The private Redis (${broken}) could not start: `)
  expect(message).toContain('set REDIS_URL')
  expect(readdirSync(folder)).toEqual(['redis-server'])
})

test('finds redis-server before valkey-server, in absolute folders, and only what can be run', () => {
  const folder = temporaryFolder()
  const [valkey, redis, other] = ['valkey', 'redis', 'other'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  for (const name of [valkey, redis, other]) mkdirSync(name)
  symlinkSync('/bin/sh', join(valkey, 'valkey-server'))
  symlinkSync('/bin/sh', join(redis, 'redis-server'))
  mkdirSync(join(other, 'redis-server'))
  expect(findRedisServer([other, valkey, redis].join(delimiter))).toBe(join(redis, 'redis-server'))
  expect(findRedisServer([other, valkey].join(delimiter))).toBe(join(valkey, 'valkey-server'))
  expect(findRedisServer(['', '.', other, join(folder, 'none')].join(delimiter))).toBeUndefined()
  expect(findRedisServer('')).toBeUndefined()
})

async function firstAnswer(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').end(`${command}\r\n`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return answer.toString()
}

/** RESP3 answers with a map, RESP2 with a list. */
function pair(answer: unknown): unknown {
  return Array.isArray(answer) ? answer[1] : Object.values(answer as object)[0]
}
