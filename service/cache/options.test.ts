import { expect, test } from '@jest/globals'
import { createCache, createMemoryStore, createRedisStore, type CacheOptions, type Policy } from './index.ts'
import { durationMs, type Duration } from './policy.ts'
import { parseRedisUrl } from './redis-url.ts'

const options: CacheOptions = {
  store: createMemoryStore({ maxBytes: 1_000 }),
  name: 'meridian',
  prefix: 'test',
  deployment: 'one',
  enabled: true,
  bypass: { mode: 'off' },
}

test.each<[number, Duration]>([
  [250, '250ms'],
  [60_000, '60s'],
  [300_000, '5m'],
  [3_600_000, '1h'],
  [86_400_000, '1d'],
  [1_500, 1_500],
])('a duration is %i ms: %s', (ms, duration) => {
  expect(durationMs('ttl', duration)).toBe(ms)
})

test.each<[string, unknown]>([
  ["Expected `ttl` to be a positive duration such as '60s' or '1h', got '-1'", { ttl: '-1' }],
  ["Expected `ttl` to be a positive duration such as '60s' or '1h', got -1", { ttl: -1 }],
  ["Expected `ttl` to be a positive duration such as '60s' or '1h', got 0", { ttl: 0 }],
  ["Expected `ttl` to be a positive duration such as '60s' or '1h', got '1w'", { ttl: '1w' }],
  ["Expected `ttl` to be a positive duration such as '60s' or '1h', got undefined", {}],
  ["Expected `ttl` to be a positive duration such as '60s' or '1h', got '99999d'", { ttl: '99999d' }],
  ["Expected `route` to be a route's template such as '/v1/countries', got ''", { ttl: '1s', route: '' }],
  ["Expected `query` to be a list of parameter names or a function, got 'a'", { ttl: '1s', query: 'a' }],
  ['Expected `query` to be a list of parameter names or a function, got [ 1 ]', { ttl: '1s', query: [1] }],
  ["Expected `enabled` to be a boolean, got 'no'", { ttl: '1s', enabled: 'no' }],
])('a wrong policy is refused at once: %s', (message, policy) => {
  expect(() => createCache(options).cached(policy as Policy)).toThrow(new TypeError(message))
})

test.each<[string, object]>([
  ["Expected `prefix` to be a string that is not empty, got ''", { prefix: '' }],
  ["Expected `bypass.mode` to be 'client', 'secret' or 'off', got 'all'", { bypass: { mode: 'all' } }],
  ['Expected `maxEntryBytes` to be a positive integer, got 0', { maxEntryBytes: 0 }],
])('a wrong option is refused at once: %s', (message, change) => {
  expect(() => createCache({ ...options, ...change })).toThrow(new TypeError(message))
})

test('a memory store without a sensible bound is refused', () => {
  expect(() => createMemoryStore({ maxBytes: -1 })).toThrow('Expected `maxBytes` to be a positive integer, got `-1`')
})

test('a Redis URL is taken apart', () => {
  expect(parseRedisUrl('redis://localhost')).toEqual({ host: 'localhost', port: 6379, db: 0, tls: false })
  expect(parseRedisUrl('rediss://me:p%40ss@[::1]:7000/3?enableOfflineQueue=true')).toEqual({
    host: '::1',
    port: 7000,
    username: 'me',
    password: 'p@ss',
    db: 3,
    tls: true,
  })
})

test.each(['', 'hunter2', 'http://me:hunter2@localhost', 'redis://me:hunter2@host:port', 'redis://x:hunter2@h/zero'])(
  'a wrong Redis URL is refused without repeating it: %s',
  (url) => {
    const create = () => createRedisStore({ url, prefix: 'test' })
    expect(create).toThrow(TypeError)
    expect(create).not.toThrow(/hunter2/)
  },
)
