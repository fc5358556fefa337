import { afterEach, describe, expect, test } from '@jest/globals'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { FOX, header, serveX, type CountedApp } from './testing/app.ts'

let app: CountedApp
afterEach(() => app.close())

test('answers the second request without the handler', async () => {
  app = await serveX()
  const first = await app.get('/x')
  const second = await app.get('/x')
  expect(app.calls).toBe(1)
  expect(first.body.toString()).toBe(FOX)
  expect(second.body).toEqual(first.body)
  expect(header(first, 'cache-status')).toBe('meridian; fwd=uri-miss; stored')
  expect(header(second, 'cache-status')).toMatch(/^meridian; hit; ttl=(59|60)$/)
  expect(app.cache.stats()).toMatchObject({ hits: 1, forwards: 1, writes: 1, storeDown: false })
})

test('a hit has the header fields of the miss, and its age', async () => {
  app = await serveX((ctx) => {
    ctx.set('Link', ['</a>; rel=next', '</b>; rel=last'])
    ctx.set('X-Kind', 'test')
    ctx.set('Server-Timing', 'db;dur=3')
    ctx.set('X-Request-Id', '7')
  })
  const miss = await app.get('/x')
  const hit = await app.get('/x')
  expect(header(miss, 'etag')).toMatch(/^W\/"[\w-]{27}"$/)
  expect(header(miss, 'cache-control')).toBe('public, max-age=60')
  expect(header(miss, 'vary')).toBe('Accept-Encoding')
  expect(header(miss, 'age')).toBeUndefined()
  expect(header(hit, 'age')).toBe('0')
  const { age: _age, 'cache-status': _hit, date: _date, ...hitFields } = hit.headers
  const {
    'cache-status': _miss,
    'server-timing': _timing,
    'x-request-id': _id,
    date: _then,
    ...missFields
  } = miss.headers
  expect(hitFields).toEqual(missFields)
})

test('a HEAD hit has the fields of GET, and a HEAD miss too but is not stored', async () => {
  app = await serveX()
  const headMiss = await app.get('/x', {}, 'HEAD')
  expect(header(headMiss, 'cache-status')).toBe('meridian; fwd=uri-miss; detail=head')
  const getMiss = await app.get('/x')
  expect(header(getMiss, 'cache-status')).toBe('meridian; fwd=uri-miss; stored')
  const headHit = await app.get('/x', {}, 'HEAD')
  const getHit = await app.get('/x')
  expect(app.calls).toBe(2)
  expect(headHit.body.length).toBe(0)
  expect(header(headHit, 'cache-status')).toMatch(/^meridian; hit/)
  for (const name of ['etag', 'vary', 'cache-control', 'content-type', 'content-length']) {
    expect([name, header(headMiss, name)]).toEqual([name, header(getMiss, name)])
    expect([name, header(headHit, name)]).toEqual([name, header(getHit, name)])
  }
})

test('a conditional request is answered 304 from the cache, with validator and freshness', async () => {
  app = await serveX()
  const etag = header(await app.get('/x'), 'etag') ?? ''
  const answer = await app.get('/x', { 'If-None-Match': etag, 'Accept-Encoding': 'gzip' })
  expect(answer.status).toBe(304)
  expect(answer.body.length).toBe(0)
  expect(header(answer, 'etag')).toBe(etag)
  expect(header(answer, 'cache-control')).toBe('public, max-age=60')
  expect(header(answer, 'vary')).toBe('Accept-Encoding')
  expect(header(answer, 'age')).toBe('0')
  expect(header(answer, 'cache-status')).toMatch(/^meridian; hit/)
  expect((await app.get('/x', { 'If-None-Match': 'W/"other"' })).status).toBe(200)
  expect(app.calls).toBe(1)
})

test('hits are compressed for each client as misses are', async () => {
  app = await serveX()
  await app.get('/x')
  for (const [coding, decode] of [
    ['gzip', gunzipSync],
    ['br', brotliDecompressSync],
    ['zstd', zstdDecompressSync],
  ] as const) {
    const hit = await app.get('/x', { 'Accept-Encoding': coding })
    expect(header(hit, 'cache-status')).toMatch(/^meridian; hit/)
    expect(header(hit, 'content-encoding')).toBe(coding)
    expect(header(hit, 'vary')).toBe('Accept-Encoding')
    expect(decode(hit.body).toString()).toBe(FOX)
  }
  expect((await app.get('/x')).body.toString()).toBe(FOX)
})

test('the handler’s own Cache-Control and ETag win, and its max-age bounds the freshness', async () => {
  app = await serveX((ctx) => {
    ctx.set('Cache-Control', 'public, max-age=10')
    ctx.set('ETag', '"own"')
  })
  await app.get('/x')
  const hit = await app.get('/x')
  expect(header(hit, 'etag')).toBe('"own"')
  expect(header(hit, 'cache-control')).toBe('public, max-age=10')
  expect(header(hit, 'cache-status')).toMatch(/^meridian; hit; ttl=(9|10)$/)
})

test('an entry ends with its time: stale, asked again, stored again', async () => {
  let now = 1_000_000
  app = await serveX(undefined, {}, { now: () => now })
  await app.get('/x')
  now += 42_900
  const hit = await app.get('/x')
  expect(header(hit, 'age')).toBe('42')
  expect(header(hit, 'cache-status')).toBe('meridian; hit; ttl=17')
  now += 17_100
  expect(await app.status('/x')).toBe('meridian; fwd=stale; stored')
  expect(await app.status('/x')).toBe('meridian; hit; ttl=60')
  expect(app.calls).toBe(2)
})

test('an upstream Cache-Status stays first, and is not replayed', async () => {
  app = await serveX((ctx) => ctx.set('Cache-Status', 'origin; hit'))
  expect(await app.status('/x')).toBe('origin; hit, meridian; fwd=uri-miss; stored')
  expect(await app.status('/x')).toMatch(/^meridian; hit; ttl=\d+$/)
})

describe('Koa’s bodies', () => {
  test.each<[string, unknown, string, string]>([
    ['a string', 'plain', 'text/plain; charset=utf-8', 'plain'],
    ['a string of HTML', '<p>é', 'text/html; charset=utf-8', '<p>é'],
    ['an empty string', '', 'text/plain; charset=utf-8', ''],
    ['an object', { a: [1, 'é'], b: undefined }, 'application/json; charset=utf-8', '{"a":[1,"é"]}'],
    ['an array', [1, 2], 'application/json; charset=utf-8', '[1,2]'],
    ['a Date', new Date(0), 'application/json; charset=utf-8', '"1970-01-01T00:00:00.000Z"'],
    ['a Buffer', Buffer.from('bytes'), 'application/octet-stream', 'bytes'],
  ])(
    '%s has the same type, length and bytes on a hit as on a miss, and as without a cache',
    async (_what, body, type, text) => {
      app = await serveX((ctx) => {
        ctx.remove('Content-Type')
        ctx.body = body
      })
      const plain = await app.get('/x', {}, 'POST')
      const miss = await app.get('/x')
      const hit = await app.get('/x')
      expect(header(plain, 'cache-status')).toBe('meridian; fwd=method')
      expect(header(miss, 'cache-status')).toBe('meridian; fwd=uri-miss; stored')
      expect(header(hit, 'cache-status')).toMatch(/^meridian; hit/)
      for (const answer of [plain, miss, hit]) {
        expect(header(answer, 'content-type')).toBe(type)
        expect(header(answer, 'content-length')).toBe(String(Buffer.byteLength(text)))
        expect(answer.body.toString()).toBe(text)
      }
    },
  )

  test('a type of the handler’s own survives, and so does none', async () => {
    app = await serveX((ctx) => {
      ctx.type = 'application/geo+json'
      ctx.body = { a: 1 }
    })
    await app.get('/x')
    expect(header(await app.get('/x'), 'content-type')).toBe('application/geo+json')
    await app.close()
    app = await serveX((ctx) => ctx.remove('Content-Type'))
    expect(header(await app.get('/x'), 'content-type')).toBeUndefined()
    expect(header(await app.get('/x'), 'content-type')).toBeUndefined()
    expect(app.calls).toBe(1)
  })

  test('are serialised once, for the client, the validator and the store', async () => {
    let times = 0
    app = await serveX((ctx) => {
      ctx.body = { toJSON: () => FOX + (times += 1) }
    })
    const miss = await app.get('/x', { 'Accept-Encoding': 'gzip' })
    expect(gunzipSync(miss.body).toString()).toBe(JSON.stringify(`${FOX}1`))
    expect((await app.get('/x')).body.toString()).toBe(JSON.stringify(`${FOX}1`))
    expect(times).toBe(1)
  })

  test('what JSON can’t hold fails as it does without a cache', async () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    app = await serveX((ctx) => {
      ctx.body = cycle
    })
    expect((await app.get('/x')).status).toBe(500)
    expect((await app.get('/x')).status).toBe(500)
    expect(app.calls).toBe(2)
  })
})
