import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Redis } from 'ioredis'
import { createMemoryStore, createRedisStore, type Store } from './index.ts'
import { until } from './testing/app.ts'
import { startRedis, type TestRedis } from './testing/redis-server.ts'

let redis: TestRedis
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

// A generous read deadline: these tests are of what a store does, on a machine that may be busy.
const redisStore = (prefix: string) => createRedisStore({ url: redis.url, prefix, deadlineMs: 5_000 })

describe.each([
  ['memory', () => createMemoryStore({ maxBytes: 10_000_000 })],
  ['redis', () => redisStore('contract')],
] as const)('the store contract, %s', (kind, create) => {
  let store: Store
  beforeAll(async () => {
    store = create()
    await untilReady(store)
  })
  afterAll(() => store.close())

  test('says what it is and answers a ping', async () => {
    expect(store.kind).toBe(kind)
    await store.ping()
  })

  test('has nothing under a key never set', async () => {
    expect(await store.get('contract:none')).toBeUndefined()
  })

  test('gives back any bytes, the last set', async () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    await store.set('contract:a', Buffer.from('before'), 60_000)
    await store.set('contract:a', bytes, 60_000)
    await store.set('contract:b', Buffer.alloc(0), 60_000)
    expect(await store.get('contract:a')).toEqual(bytes)
    expect(await store.get('contract:b')).toEqual(Buffer.alloc(0))
  })

  test('deletes one key and forgives one that isn’t there', async () => {
    await store.set('contract:a', Buffer.from('a'), 60_000)
    await store.set('contract:b', Buffer.from('b'), 60_000)
    await store.delete('contract:a')
    await store.delete('contract:none')
    expect(await store.get('contract:a')).toBeUndefined()
    expect(await store.get('contract:b')).toEqual(Buffer.from('b'))
  })

  test('forgets an entry when its time is over', async () => {
    await store.set('contract:short', Buffer.from('a'), 20)
    await until('the entry is gone', async () => (await store.get('contract:short')) === undefined)
  })

  test('clears all it holds, over many batches, and counts it', async () => {
    await store.clear()
    const keys = Array.from({ length: 1_200 }, (_, number) => `contract:${number}`)
    await Promise.all(keys.map((key) => store.set(key, Buffer.from('x'), 60_000)))
    expect(await store.clear()).toBe(keys.length)
    expect(await store.get('contract:7')).toBeUndefined()
    expect(await store.clear()).toBe(0)
  })

  test('closes without complaint, more than once', async () => {
    const other = create()
    await other.close()
    await other.close()
  })
})

test('a memory store stays within its bytes, keys included, the oldest out first', async () => {
  const store = createMemoryStore({ maxBytes: 1_000 })
  for (let number = 10; number < 30; number += 1) await store.set(`k${number}`, Buffer.alloc(97), 60_000)
  const held = await Promise.all(Array.from({ length: 20 }, (_, number) => store.get(`k${number + 10}`)))
  expect(held.map((value) => value !== undefined)).toEqual([...Array(10).fill(false), ...Array(10).fill(true)])
  await store.set('too large', Buffer.alloc(1_000), 60_000)
  expect(await store.get('too large')).toBeUndefined()
})

test('clearing Redis touches the keys of its prefix only, whatever the prefix is made of', async () => {
  const other = new Redis(redis.url)
  const kept = ['app', 'application:1', 'app_x:1', 'other:app:1', 'axp:1', 'a*p:1', 'a:1']
  for (const key of [...kept, 'app:1', 'app:v1:x']) await other.set(key, '1')
  for (const [prefix, count] of [
    ['app', 2],
    ['a*p', 0],
    ['a?p', 0],
    ['[a]', 0],
    ['*', 0],
  ] as const) {
    const store = redisStore(prefix)
    await untilReady(store)
    expect(await store.clear()).toBe(count)
    await store.close()
  }
  for (const key of kept) expect([key, await other.exists(key)]).toEqual([key, 1])
  await other.quit()
})

test('a password lets in, and never shows in an error of the store', async () => {
  const admin = new Redis(redis.url)
  await admin.config('SET', 'requirepass', 'hunter2!')
  const withPassword = (password: string) =>
    createRedisStore({ url: redis.url.replace('//', `//:${password}@`), prefix: 'test', deadlineMs: 5_000 })

  const right = withPassword('hunter2%21')
  await untilReady(right)
  await right.set('test:x', Buffer.from('x'), 60_000)
  expect(await right.get('test:x')).toEqual(Buffer.from('x'))

  const wrong = withPassword('hunter3')
  const messages: string[] = []
  await until('the refusal is known', async () => {
    messages.push(await wrong.get('test:x').then(String, (error: Error) => JSON.stringify([String(error), error])))
    return messages.at(-1)?.includes('WRONGPASS') === true
  })
  expect(messages.join('\n')).not.toMatch(/hunter/)

  await admin.config('SET', 'requirepass', '')
  await Promise.all([right.close(), wrong.close(), admin.quit()])
})

async function untilReady(store: Store): Promise<void> {
  await until('the store answers', () => store.ping().then(() => true, () => false)) // prettier-ignore
}
