import { afterAll, expect, test } from '@jest/globals'
import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { delimiter, join } from 'node:path'
import { Redis } from 'ioredis'
import { EmbeddedServerError, findRedisServer, startRedis } from './index.ts'
import { answersPing } from './redis-ping.ts'
import { argumentsOf, cleanUp, isGone, processesNaming, redisProgram, spawnOwner } from './testing/harness.ts'
import { temporaryFolder, until } from './testing/harness.ts'

afterAll(cleanUp)

const program = redisProgram(process.env)

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
  const server = await startRedis({ ...program, dataDir, dataDirIsDefault: false })
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
  const server = await startRedis({ ...program, dataDir: temporaryFolder(), dataDirIsDefault: false })
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
  const [one, two] = await Promise.all([startRedis({ ...program, ...place }), startRedis({ ...program, ...place })])
  expect(one.url).not.toBe(two.url)
  const [pid] = pidsOf(one.url)
  await Promise.all([one.stop(), one.stop()])
  expect(isGone(pid!)).toBe(true)
  expect(await withRedis(two.url, (redis) => redis.ping())).toBe('PONG')
  await two.stop()
})

test('removes what a killed owner left half started', async () => {
  const place = { dataDir: temporaryFolder(), dataDirIsDefault: false }
  const owner = spawnOwner({ redis: { ...program, ...place } })
  const { redis } = await owner.started
  const pids = pidsOf(redis!.url)
  const leftover = join(place.dataDir, `redis-${owner.pid}-1-abcd.conf`)
  writeFileSync(leftover, '')
  owner.process.kill('SIGKILL')
  await until('Redis is gone', () => pids.every(isGone))
  const server = await startRedis({ ...program, ...place })
  expect(readdirSync(place.dataDir)).toEqual([])
  await server.stop()
})

test('takes another port when the one it found free is taken in between', async () => {
  const other = createServer((socket) => socket.end('-ERR not you\r\n')).listen(0, '127.0.0.1')
  await new Promise((resolve) => other.once('listening', resolve))
  const taken = (other.address() as AddressInfo).port
  const ports = [taken]
  const freePort = async (): Promise<number> => ports.pop() ?? (await import('./free-port.ts')).freePort()
  const server = await startRedis({ ...program, dataDir: temporaryFolder(), dataDirIsDefault: false }, { freePort })
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

test('is started again at the same URL when it is killed, and stays stopped when it is told to stop', async () => {
  const notices: string[] = []
  const onNotice = (notice: string): unknown => notices.push(notice)
  const dataDir = temporaryFolder()
  const server = await startRedis({ ...program, dataDir, dataDirIsDefault: false, onNotice })
  for (const round of [1, 2]) {
    for (const pid of pidsOf(server.url)) process.kill(pid, 'SIGKILL')
    await until('it is back', () => notices.length === 2 * round)
    expect(await withRedis(server.url, (redis) => redis.ping())).toBe('PONG')
  }
  expect(notices.slice(2)).toEqual([
    'The private Redis has ended by itself: killed by SIGKILL; starting it again',
    `The private Redis is back at ${new URL(server.url).host}`,
  ])
  expect(readdirSync(dataDir)).toEqual([])
  await server.stop()
  expect(pidsOf(server.url)).toEqual([])
})

test('waits for its port when another program has taken it', async () => {
  const other = createServer((socket) => socket.destroy())
  const [folder, notices] = [temporaryFolder(), [] as string[]]
  const binary = join(folder, 'redis-server')
  symlinkSync(program.binary, binary)
  const onNotice = (notice: string): void => {
    notices.push(notice)
    if (notice.includes('(attempt 1 of 5)')) {
      other.listen(Number(new URL(server.url).port), '127.0.0.1')
      symlinkSync(program.binary, binary)
    }
    if (notice.includes('(attempt 2 of 5)')) other.close()
  }
  const server = await startRedis({ ...program, binary, dataDir: folder, dataDirIsDefault: false, onNotice })
  rmSync(binary)
  for (const pid of pidsOf(server.url)) process.kill(pid, 'SIGKILL')
  await until('it is back', () => notices.length === 4)
  expect(notices[2]).toMatch(
    /could not start: another program has taken port \d+ of 127.0.0.1, where it was: .*attempt 2/,
  )
  expect(await withRedis(server.url, (redis) => redis.ping())).toBe('PONG')
  await server.stop()
})

const libraries = '/libraries of redis'

/** Stands for a Redis whose libraries the system's loader does not find by itself. */
function redisWithLibraries(): string {
  const binary = join(temporaryFolder(), 'redis-server')
  const script = `#!/bin/sh
if [ "$LD_LIBRARY_PATH" != '${libraries}' ]; then
  echo "$0: error while loading shared libraries: libjemalloc.so.2: cannot open shared object file" >&2
  exit 127
fi
LD_LIBRARY_PATH='${program.libraryPath ?? ''}' exec '${program.binary}' "$@"
`
  writeFileSync(binary, script, { mode: 0o755 })
  return binary
}

test('runs a Redis by the libraries it is given, as the same user as any other, and again when it is killed', async () => {
  const place = { dataDir: temporaryFolder(), dataDirIsDefault: false }
  const usual = await startRedis({ ...place, ...program })
  const server = await startRedis({ ...place, binary: redisWithLibraries(), libraryPath: libraries })
  const userOf = (url: string): unknown[] => pidsOf(url).map((pid) => statSync(`/proc/${pid}`).uid)
  if (process.platform === 'linux') expect(userOf(server.url)).toEqual(userOf(usual.url))
  const [pid] = pidsOf(server.url)
  process.kill(pid!, 'SIGKILL')
  await until('it is back', () => isGone(pid!) && pidsOf(server.url).length === 1)
  await Promise.all([usual.stop(), server.stop()])
})

test('a Redis that lacks its libraries is reported at once, in one line that names them', async () => {
  const binary = redisWithLibraries()
  const began = Date.now()
  const failed: unknown = await startRedis({ binary, dataDir: temporaryFolder(), dataDirIsDefault: false }).catch(
    (error: unknown) => error,
  )
  expect(Date.now() - began).toBeLessThan(3_000)
  expect(failed).toBeInstanceOf(EmbeddedServerError)
  expect((failed as Error).message).toMatch(
    /^The private Redis \(.*\) could not start: .*error while loading shared libraries: libjemalloc.so.2: .*: set LD_LIBRARY_PATH/,
  )
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
