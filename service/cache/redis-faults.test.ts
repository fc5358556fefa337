import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createRedisStore } from './index.ts'
import { header, serveX, until, type CountedApp } from './testing/app.ts'
import { prepareRedis, type TestRedis } from './testing/redis-server.ts'

/** No answer may take so long: many times the deadline, to spare a busy machine, and far below any hang. */
const BOUND_MS = 2_000
const DEADLINE_MS = 100
const STORE_ERROR = 'meridian; fwd=miss; detail=store-error'

let app: CountedApp
let redis: TestRedis
beforeEach(async () => {
  redis = await prepareRedis()
  const store = createRedisStore({ url: redis.url, prefix: 'test', deadlineMs: DEADLINE_MS })
  app = await serveX(undefined, {}, { store })
})
afterEach(async () => {
  await app.close()
  await redis.stop()
})

test('absent at the start: answers without it, says so once, and uses it when it comes', async () => {
  for (let number = 0; number < 5; number += 1) expect(await statusWithinBound()).toBe(STORE_ERROR)
  expect(app.calls).toBe(5)
  expect(storeEvents()).toEqual([
    {
      type: 'store-down',
      store: 'redis',
      operation: 'read',
      error: expect.stringContaining('No connection to Redis'),
    },
  ])
  await redis.start()
  await until('requests are answered from Redis', isHit)
  expect(storeEvents().map(({ type }) => type)).toEqual(['store-down', 'store-up'])
  expect(app.cache.stats()).toMatchObject({ outages: 1, storeDown: false })
})

test('killed: answers without it, and uses it when it is back', async () => {
  await redis.start()
  await until('requests are answered from Redis', isHit)
  const before = storeEvents().length
  await redis.kill()
  for (let number = 0; number < 5; number += 1) expect(await statusWithinBound()).toBe(STORE_ERROR)
  expect(storeEvents().slice(before).map(({ type }) => type)).toEqual(['store-down']) // prettier-ignore
  await redis.start()
  await until('requests are answered from Redis', isHit)
  expect(storeEvents().slice(before).map(({ type }) => type)).toEqual(['store-down', 'store-up']) // prettier-ignore
})

test('paused: answers after the deadline, and uses it when it goes on', async () => {
  await redis.start()
  await until('requests are answered from Redis', isHit)
  const before = storeEvents().length
  redis.pause()
  for (let number = 0; number < 5; number += 1) expect(await statusWithinBound()).toBe(STORE_ERROR)
  expect(storeEvents().slice(before)).toEqual([
    { type: 'store-down', store: 'redis', operation: 'read', error: `Redis did not answer within ${DEADLINE_MS} ms` },
  ])
  // Unread, so it can't know better than the last answer: no promise, and one write at a time as a probe.
  expect(await statusWithinBound({ 'Cache-Control': 'no-cache' })).toBe('meridian; fwd=request; detail=store-error')
  redis.resume()
  await until('requests are answered from Redis', isHit)
  expect(app.cache.stats().storeDown).toBe(false)
})

test('a process too busy to look takes the answer that came in time', async () => {
  await redis.start()
  const store = createRedisStore({ url: redis.url, prefix: 'busy', deadlineMs: DEADLINE_MS })
  await until('Redis answers', async () => store.ping().then(() => true, () => false)) // prettier-ignore
  await store.set('busy:key', Buffer.from('x'), 60_000)
  const reading = store.get('busy:key')
  await new Promise((resolve) => process.nextTick(resolve))
  const busyUntil = performance.now() + DEADLINE_MS + 60
  while (performance.now() < busyUntil); // nothing else runs: what rendering a large body does
  await expect(reading).resolves.toEqual(Buffer.from('x'))
  await store.close()
})

test('paused as the service starts: the handshake hangs, requests don’t', async () => {
  await redis.start()
  redis.pause()
  for (let number = 0; number < 3; number += 1) expect(await statusWithinBound()).toBe(STORE_ERROR)
  redis.resume()
  await until('requests are answered from Redis', isHit)
})

test('paused while it closes: closing is bounded', async () => {
  await redis.start()
  await until('requests are answered from Redis', isHit)
  redis.pause()
  const started = performance.now()
  await app.cache.close()
  expect(performance.now() - started).toBeLessThan(5_000)
  redis.resume()
})

test('full: reads go on, writes fail without a promise, and recover', async () => {
  await redis.start()
  await until('requests are answered from Redis', isHit)
  const admin = new Redis(redis.url)
  await admin.flushall()
  await admin.config('SET', 'maxmemory-policy', 'noeviction')
  await admin.config('SET', 'maxmemory', '1')
  const before = storeEvents().length
  await statusWithinBound() // promised, for nothing was known yet
  await until('the failure is known', () => app.cache.stats().storeDown)
  for (let number = 0; number < 3; number += 1) {
    expect(await statusWithinBound()).toBe('meridian; fwd=uri-miss; detail=store-error')
  }
  await admin.config('SET', 'maxmemory', '0')
  await until('requests are answered from Redis', isHit)
  expect(storeEvents().slice(before)).toEqual([
    { type: 'store-down', store: 'redis', operation: 'write', error: expect.stringMatching(/^OOM/) },
    { type: 'store-up', store: 'redis' },
  ])
  await admin.quit()
})

test('an entry spoilt in Redis is a miss, and is written anew', async () => {
  await redis.start()
  await until('requests are answered from Redis', isHit)
  const admin = new Redis(redis.url)
  const [key = ''] = await admin.keys('test:*')
  const frame = await admin.getBuffer(key)
  for (const spoilt of [Buffer.from('garbage'), Buffer.alloc(0), frame?.subarray(0, -1) ?? '']) {
    await admin.set(key, spoilt)
    expect(await statusWithinBound()).toBe('meridian; fwd=miss; stored; detail=invalid-entry')
    await until('requests are answered from Redis', isHit)
  }
  await admin.del(key)
  await admin.lpush(key, 'a list')
  expect(await statusWithinBound()).toBe(STORE_ERROR)
  await admin.quit()
})

test('entries end in Redis by themselves', async () => {
  await redis.start()
  await until('requests are answered from Redis', isHit)
  const admin = new Redis(redis.url)
  const [key = ''] = await admin.keys('test:*')
  const left = await admin.pttl(key)
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThanOrEqual(60_000)
  await admin.quit()
})

const storeEvents = () => app.events.filter((event) => event.type === 'store-down' || event.type === 'store-up')

async function statusWithinBound(headers?: Record<string, string>): Promise<string | undefined> {
  const started = performance.now()
  const answer = await app.get('/x', headers)
  expect(performance.now() - started).toBeLessThan(BOUND_MS)
  expect(answer.status).toBe(200)
  return header(answer, 'cache-status')
}

const isHit = async () => (await statusWithinBound())?.startsWith('meridian; hit') === true
