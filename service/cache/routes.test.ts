import { afterEach, describe, expect, test } from '@jest/globals'
import type { Context } from 'koa'
import { createMemoryStore } from './index.ts'
import { header, serveX, startApp, type TestApp } from './testing/app.ts'

let app: TestApp
afterEach(() => app.close())

describe('query parameters', () => {
  const echo = (ctx: Context) => {
    ctx.body = ctx.querystring
  }

  test('a list: in any order the same entry, another value another, an unlisted one none', async () => {
    app = await serveX(echo, { query: ['a', 'b'] })
    expect(await app.status('/x?a=1&b=2')).toBe('meridian; fwd=uri-miss; stored')
    expect(await app.status('/x?b=2&a=1')).toMatch(/hit/)
    expect(await app.status('/x?a=1&b=%32')).toMatch(/hit/)
    expect(await app.status('/x?a=1&b=3')).toBe('meridian; fwd=uri-miss; stored')
    expect(await app.status('/x?a=1&a=2')).toBe('meridian; fwd=uri-miss; stored')
    expect(await app.status('/x?a=2&a=1')).toBe('meridian; fwd=uri-miss; stored')
    const unlisted = await app.get('/x?a=1&b=2&utm=9')
    expect(header(unlisted, 'cache-status')).toBe('meridian; fwd=bypass; detail=unlisted-query')
    expect(unlisted.body.toString()).toBe('a=1&b=2&utm=9')
  })

  test('a function: what it returns is keyed; when it throws the handler answers', async () => {
    app = await serveX(echo, {
      query: (ctx) => {
        if (ctx.query['bad'] !== undefined) throw new Error('bad')
        return [['a', String(ctx.query['a'] ?? 'default').toLowerCase()]]
      },
    })
    expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; stored')
    expect(await app.status('/x?a=DEFAULT&other=1')).toMatch(/hit/)
    expect(await app.status('/x?bad')).toBe('meridian; fwd=bypass; detail=query-error')
  })

  test('none declared: the response depends on none', async () => {
    app = await serveX()
    await app.get('/x?a=1')
    expect(await app.status('/x?a=2')).toMatch(/hit/)
  })
})

test('deployments and prefixes don’t answer from each other’s entries', async () => {
  const store = createMemoryStore({ maxBytes: 100_000 })
  let first = true
  for (const names of [{ deployment: 'a' }, { deployment: 'b' }, { prefix: 'c' }]) {
    if (!first) await app.close()
    first = false
    app = await serveX(undefined, {}, { store: { ...store, close: async () => {} }, ...names })
    expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; stored')
    expect(await app.status('/x')).toMatch(/hit/)
  }
})

test('middleware outside keeps its own header fields on a hit, and cookies', async () => {
  let id = 0
  app = await startApp((router, cache, koa) => {
    koa.use(async function outside(ctx, next) {
      id += 1
      ctx.set('X-Id', String(id))
      ctx.set('X-Frame-Options', 'DENY')
      await next()
    })
    router.get('/x', cache.cached({ ttl: '60s' }), (ctx) => {
      ctx.body = 'x'
    })
  })
  await app.get('/x')
  const hit = await app.get('/x')
  expect(header(hit, 'cache-status')).toMatch(/^meridian; hit/)
  expect(header(hit, 'x-id')).toBe('2')
  expect(header(hit, 'x-frame-options')).toBe('DENY')
})

test('a Vary that middleware outside adds for one client survives a hit', async () => {
  app = await startApp((router, cache, koa) => {
    koa.use(async function cors(ctx, next) {
      if (ctx.get('Origin') !== '') ctx.vary('Origin')
      await next()
    })
    router.get('/x', cache.cached({ ttl: '60s' }), (ctx) => {
      ctx.body = 'x'
      ctx.set('Vary', 'accept-encoding')
    })
  })
  await app.get('/x')
  const hit = await app.get('/x', { Origin: 'http://localhost' })
  expect(header(hit, 'cache-status')).toMatch(/^meridian; hit/)
  expect(header(hit, 'vary')).toBe('Accept-Encoding, Origin')
})

test('a policy is as it was given, whatever becomes of the caller’s list', async () => {
  const query: string[] = ['a']
  app = await serveX(undefined, { query })
  query.push('b')
  expect(await app.status('/x?b=1')).toBe('meridian; fwd=bypass; detail=unlisted-query')
})

test('events name the route, what became of a request and how long it took, and no path', async () => {
  app = await startApp((router, cache) => {
    router.get('/p/:id', cache.cached({ ttl: '60s', query: ['q'] }), (ctx) => {
      ctx.body = 'x'
    })
    router.get('/q/:id', cache.cached({ ttl: '60s', route: 'named' }), (ctx) => {
      ctx.body = 'x'
    })
  })
  await app.get('/p/opensesame?q=opensesame')
  await app.get('/p/opensesame?q=opensesame')
  await app.get('/q/opensesame')
  const requests = app.events.filter((event) => event.type === 'request')
  const time = expect.any(Number)
  expect(requests).toEqual([
    { type: 'request', route: '/p/:id', result: 'uri-miss', stored: true, durationMs: time, readMs: time },
    { type: 'request', route: '/p/:id', result: 'hit', stored: false, durationMs: time, readMs: time },
    { type: 'request', route: 'named', result: 'uri-miss', stored: true, durationMs: time, readMs: time },
  ])
  expect(JSON.stringify(app.events)).not.toMatch(/opensesame/)
})
