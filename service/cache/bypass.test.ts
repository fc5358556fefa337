import { afterEach, describe, expect, test } from '@jest/globals'
import { header, serveX, type CountedApp } from './testing/app.ts'

let app: CountedApp
afterEach(() => app.close())

describe('switched off', () => {
  test('whole: handlers answer, and Cache-Status says why', async () => {
    app = await serveX(undefined, {}, { enabled: false })
    expect(await app.status('/x')).toBe('meridian; fwd=bypass; detail=disabled')
    const answer = await app.get('/x')
    expect(header(answer, 'cache-status')).toBe('meridian; fwd=bypass; detail=disabled')
    expect(header(answer, 'cache-control')).toBeUndefined()
    expect(app.calls).toBe(2)
  })

  test('for a route', async () => {
    app = await serveX(undefined, { enabled: false })
    await app.get('/x')
    expect(await app.status('/x')).toBe('meridian; fwd=bypass; detail=disabled')
    expect(app.calls).toBe(2)
  })
})

describe('bypass', () => {
  const noCache = { 'Cache-Control': 'no-cache' }
  const noStore = { 'Cache-Control': 'no-store' }

  test('client: no-cache asks the handler and stores, no-store does neither', async () => {
    app = await serveX((ctx, call) => {
      ctx.body = `answer ${call}`
    })
    expect(await app.status('/x', noStore)).toBe('meridian; fwd=request; detail=request-no-store')
    expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; stored')
    expect(await app.status('/x', noCache)).toBe('meridian; fwd=request; stored')
    expect((await app.get('/x')).body.toString()).toBe('answer 3')
    expect(await app.status('/x', { Pragma: 'no-cache' })).toBe('meridian; fwd=request; stored')
    expect((await app.get('/x', noStore)).body.toString()).toBe('answer 5')
    expect((await app.get('/x')).body.toString()).toBe('answer 4')
  })

  test('client: max-age and min-fresh bound what may be reused', async () => {
    let now = 1_000_000
    app = await serveX(undefined, {}, { now: () => now })
    await app.get('/x')
    now += 10_000
    expect(await app.status('/x', { 'Cache-Control': 'max-age=10' })).toBe('meridian; hit; ttl=50')
    expect(await app.status('/x', { 'Cache-Control': 'min-fresh=50' })).toBe('meridian; hit; ttl=50')
    expect(await app.status('/x', { 'Cache-Control': 'min-fresh=51' })).toBe('meridian; fwd=request; stored')
    now += 10_000
    expect(await app.status('/x', { 'Cache-Control': 'max-age=9' })).toBe('meridian; fwd=request; stored')
    expect(await app.status('/x', { 'Cache-Control': 'max-age=0' })).toBe('meridian; fwd=request; stored')
  })

  test('client: only-if-cached is a stored response or 504', async () => {
    app = await serveX()
    const nothing = await app.get('/x', { 'Cache-Control': 'only-if-cached' })
    expect(nothing.status).toBe(504)
    expect(header(nothing, 'cache-status')).toBe('meridian; detail=only-if-cached')
    expect(app.calls).toBe(0)
    await app.get('/x')
    expect(await app.status('/x', { 'Cache-Control': 'only-if-cached' })).toMatch(/hit/)
    expect(app.events.map((event) => event.type === 'request' && event.result)).toContain('unsatisfied')
  })

  test('secret: only with the right secret', async () => {
    app = await serveX(undefined, {}, { bypass: { mode: 'secret', secret: 's3cret' } })
    await app.get('/x')
    expect(await app.status('/x', noCache)).toMatch(/hit/)
    expect(await app.status('/x', { ...noCache, 'Meridian-Cache-Bypass': 'S3cret' })).toMatch(/hit/)
    expect(await app.status('/x', { 'Meridian-Cache-Bypass': 's3cret' })).toBe('meridian; fwd=request; stored')
    expect(await app.status('/x', { ...noStore, 'Meridian-Cache-Bypass': 's3cret' })).toBe(
      'meridian; fwd=request; detail=request-no-store',
    )
    expect(JSON.stringify(app.events)).not.toMatch(/s3cret/)
  })

  test('secret: with none configured, nobody', async () => {
    app = await serveX(undefined, {}, { bypass: { mode: 'secret' } })
    await app.get('/x')
    expect(await app.status('/x', { ...noCache, 'Meridian-Cache-Bypass': 'undefined' })).toMatch(/hit/)
  })

  test('off: request directives are ignored', async () => {
    app = await serveX(undefined, {}, { bypass: { mode: 'off' } })
    expect(await app.status('/x', { 'Cache-Control': 'no-store, only-if-cached' })).toMatch(/stored/)
    expect(await app.status('/x', noCache)).toMatch(/hit/)
    expect(app.calls).toBe(1)
  })
})
