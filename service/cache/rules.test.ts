import { expect, test } from '@jest/globals'
import { deltaMs, parseCacheControl } from './cache-control.ts'
import { appendCacheStatus, formatCacheStatus } from './cache-status.ts'
import { headersToStore } from './headers.ts'
import { whatRequestAsks, type Bypass } from './request-directives.ts'
import { ageSeconds, mayReuse, ttlSeconds } from './reuse.ts'
import { freshnessLifetime, mayShare, mayStore, type Exchange } from './storability.ts'

type Given = Partial<Exchange> & { readonly headers?: Exchange['responseHeaders'] }

const exchange = (given: Given): Exchange => ({
  method: 'GET',
  hasAuthorization: false,
  requestNoStore: false,
  status: 200,
  responseHeaders: given.headers ?? {},
  ...given,
})

test.each<[string, Given]>([
  ['yes', {}],
  ['yes', { headers: { 'cache-control': 'public, max-age=5' } }],
  ['yes', { headers: { vary: 'Accept-Encoding, accept-encoding' } }],
  ['yes', { headers: { 'content-encoding': 'identity' } }],
  ['yes', { hasAuthorization: true, headers: { 'cache-control': 'public' } }],
  ['yes', { hasAuthorization: true, headers: { 'cache-control': 's-maxage=5' } }],
  ['yes', { hasAuthorization: true, headers: { 'cache-control': 'max-age=5, Must-Revalidate' } }],
  ['authorization', { hasAuthorization: true }],
  ['authorization', { hasAuthorization: true, headers: { 'cache-control': 'max-age=60' } }],
  ['method', { method: 'POST' }],
  ['head', { method: 'HEAD' }],
  ['request-no-store', { requestNoStore: true }],
  ['status', { status: 201 }],
  ['status', { status: 404 }],
  ['status', { status: 500 }],
  ['set-cookie', { headers: { 'set-cookie': ['a=b'] } }],
  ['no-store', { headers: { 'cache-control': 'max-age=60, NO-STORE' } }],
  ['private', { headers: { 'cache-control': 'private="x, y", max-age=60' } }],
  ['no-cache', { headers: { 'cache-control': 'no-cache' } }],
  ['vary', { headers: { vary: '*' } }],
  ['vary', { headers: { vary: 'Accept-Encoding, Origin' } }],
  ['vary', { headers: { vary: 'accept-encoding,Cookie' } }],
  ['content-encoding', { headers: { 'content-encoding': 'gzip' } }],
])('a response is stored, or not: %s %j', (verdict, given) => {
  expect(mayStore(exchange(given))).toBe(verdict)
})

test('what only the request forbids to store may still be shared', () => {
  expect(mayShare(exchange({ method: 'HEAD' }))).toBe('yes')
  expect(mayShare(exchange({ requestNoStore: true }))).toBe('yes')
})

test.each<[number, Exchange['responseHeaders']]>([
  [60_000, {}],
  [5_000, { 'cache-control': 'max-age=5' }],
  [7_000, { 'cache-control': 'max-age=5, s-maxage=7' }],
  [60_000, { 'cache-control': 'max-age=86400' }],
  [0, { 'cache-control': 'max-age=0' }],
  [0, { 'cache-control': 'max-age=soon' }],
  [10_000, { expires: new Date(1_010_000).toUTCString() }],
  [0, { expires: '0' }],
  [0, { expires: 'Thu, 01 Jan 1970 00:00:00 GMT' }],
  [5_000, { 'cache-control': 'max-age=5', expires: '0' }],
])('a freshness lifetime is the policy’s unless the handler says less: %i %j', (lifetime, headers) => {
  expect(freshnessLifetime(headers, 60_000, 1_000_000)).toBe(lifetime)
})

const entry = { storedAt: 100_000, freshUntil: 160_000 }
const wish = { noStore: false, noCache: false, onlyIfCached: false }

test.each<[ReturnType<typeof mayReuse>, number, object]>([
  ['yes', 100_000, {}],
  ['yes', 159_999, {}],
  ['stale', 160_000, {}],
  ['yes', 110_999, { maxAgeMs: 10_000 }],
  ['request', 111_000, { maxAgeMs: 10_000 }],
  ['yes', 150_000, { minFreshMs: 10_000 }],
  ['request', 150_001, { minFreshMs: 10_000 }],
  ['stale', 170_000, { maxAgeMs: 10_000 }],
])('a stored response may be reused, or why not: %s at %i with %j', (verdict, now, asked) => {
  expect(mayReuse(entry, { ...wish, ...asked }, now)).toBe(verdict)
})

test('age is never negative, even when the clock that stored was ahead', () => {
  expect(ageSeconds(entry, 99_000)).toBe(0)
  expect(ageSeconds(entry, 101_999)).toBe(1)
  expect(ttlSeconds(entry, 102_500)).toBe(57)
})

const client: Bypass = { mode: 'client' }
const secret: Bypass = { mode: 'secret', secret: 's3cret' }
const off: Bypass = { mode: 'off' }

test.each<[object, Bypass, { cacheControl?: string; pragma?: string; bypassSecret?: string }]>([
  [{}, client, {}],
  [{ noCache: true }, client, { cacheControl: 'no-cache' }],
  [{ noStore: true }, client, { cacheControl: 'No-Store' }],
  [{ noCache: true, maxAgeMs: 0 }, client, { cacheControl: 'max-age=0' }],
  [{ maxAgeMs: 5_000, minFreshMs: 3_000 }, client, { cacheControl: 'max-age=5, min-fresh=3' }],
  [{ onlyIfCached: true }, client, { cacheControl: 'only-if-cached' }],
  [{ noCache: true }, client, { pragma: 'no-cache' }],
  [{ maxAgeMs: 5_000 }, client, { cacheControl: 'max-age=5', pragma: 'no-cache' }],
  [{}, secret, { cacheControl: 'no-cache' }],
  [{}, secret, { cacheControl: 'no-cache', bypassSecret: 'wrong' }],
  [{ noCache: true }, secret, { bypassSecret: 's3cret' }],
  [{ noStore: true }, secret, { cacheControl: 'no-store', bypassSecret: 's3cret' }],
  [{}, secret, { cacheControl: 'only-if-cached', bypassSecret: 's3cret' }],
  [{}, { mode: 'secret' }, { cacheControl: 'no-cache', bypassSecret: '' }],
  [{}, { mode: 'secret', secret: '' }, { cacheControl: 'no-cache', bypassSecret: '' }],
  [{}, off, { cacheControl: 'no-cache, no-store, only-if-cached', bypassSecret: 's3cret' }],
])('a request asks for %j in %j with %j', (asked, bypass, fields) => {
  const received = { cacheControl: '', pragma: '', bypassSecret: '', ...fields }
  expect(whatRequestAsks(received, bypass)).toEqual({ ...wish, ...asked })
})

test('Cache-Control is read with quotes, spaces and repeats', () => {
  const directives = parseCacheControl('Max-Age = 5, private="no-store, x", max-age=9,, foo, bar="a\\"b"')
  expect([...directives]).toEqual([
    ['max-age', '5'],
    ['private', 'no-store, x'],
    ['foo', true],
    ['bar', 'a\\"b'],
  ])
  expect(deltaMs(directives, 'max-age')).toBe(5_000)
  expect(deltaMs(directives, 'foo')).toBe(0)
  expect(deltaMs(directives, 'absent')).toBeUndefined()
})

test.each([
  ['meridian; hit; ttl=57', { hitTtl: 57 }],
  ['meridian; fwd=uri-miss; stored', { fwd: 'uri-miss', stored: true }],
  ['meridian; fwd=bypass; detail=disabled', { fwd: 'bypass', detail: 'disabled' }],
  ['meridian; fwd=miss; detail="say \\"no\\""', { fwd: 'miss', detail: 'say "no"' }],
] as const)('Cache-Status says %s', (text, status) => {
  expect(formatCacheStatus('meridian', status)).toBe(text)
})

test('Cache-Status quotes a name that is no token, and follows the caches nearer the origin', () => {
  expect(formatCacheStatus('my cache', { hitTtl: 1 })).toBe('"my cache"; hit; ttl=1')
  expect(appendCacheStatus('', 'meridian; hit')).toBe('meridian; hit')
  expect(appendCacheStatus('origin; hit', 'meridian; hit')).toBe('origin; hit, meridian; hit')
})

test('header fields are stored when the handler set them and they belong to every response', () => {
  const before = { vary: 'Accept-Encoding', 'x-frame-options': 'DENY', 'x-mode': 'outside' }
  const after = {
    ...before,
    'x-mode': 'handler',
    'content-type': 'text/plain',
    link: ['</a>', '</b>'],
    connection: 'X-Hop, keep-alive',
    'x-hop': '1',
    'content-length': 5,
    age: '3',
    date: 'today',
    'x-request-id': '7',
    'meridian-trace': 'http://127.0.0.1',
    'server-timing': 'db;dur=1',
    'ratelimit-policy': '10;w=1',
    'set-cookie': ['a=b'],
    'cache-status': 'origin; hit',
  }
  expect(headersToStore(before, after)).toEqual([
    ['x-mode', 'handler'],
    ['content-type', 'text/plain'],
    ['link', '</a>'],
    ['link', '</b>'],
  ])
})
