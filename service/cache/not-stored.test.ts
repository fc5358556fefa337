import { afterEach, expect, test } from '@jest/globals'
import { FOX, header, serveX, type CountedApp } from './testing/app.ts'

let app: CountedApp
afterEach(() => app.close())

test.each<[string, Record<string, string>, Record<string, string>]>([
  ['set-cookie', {}, { 'Set-Cookie': 'a=b' }],
  ['private', {}, { 'Cache-Control': 'private, max-age=60' }],
  ['no-store', {}, { 'Cache-Control': 'no-store' }],
  ['no-cache', {}, { 'Cache-Control': 'no-cache' }],
  ['vary', {}, { Vary: 'Accept-Encoding, Cookie' }],
  ['vary', {}, { Vary: '*' }],
  ['content-encoding', {}, { 'Content-Encoding': 'x-own' }],
  ['authorization', { Authorization: 'Bearer t' }, {}],
  ['not-fresh', {}, { 'Cache-Control': 'max-age=0' }],
])('isn’t stored, %s: request %j, response %j', async (detail, request, response) => {
  app = await serveX((ctx) => ctx.set(response))
  const expected = `meridian; fwd=uri-miss; detail=${detail}`
  const first = await app.get('/x', request)
  expect(header(first, 'cache-status')).toBe(expected)
  expect(header(first, 'cache-control')).toBe(response['Cache-Control'])
  expect(await app.status('/x', request)).toBe(expected)
  expect(app.calls).toBe(2)
})

test('isn’t stored: a cookie set by ctx.cookies', async () => {
  app = await serveX((ctx) => void ctx.cookies.set('session', '1'))
  expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; detail=set-cookie')
})

test('isn’t stored: an answer to a request with Authorization, unless it says public', async () => {
  app = await serveX((ctx) => ctx.set('Cache-Control', 'public, max-age=60'))
  expect(await app.status('/x', { Authorization: 'Bearer t' })).toBe('meridian; fwd=uri-miss; stored')
  expect(await app.status('/x')).toMatch(/hit/)
})

test.each([201, 204, 302, 404, 500])('isn’t stored: status %i', async (status) => {
  app = await serveX((ctx) => {
    ctx.status = status
  })
  expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; detail=status')
  expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; detail=status')
  expect(app.calls).toBe(2)
})

test('isn’t stored: an error of the handler, which passes untouched', async () => {
  app = await serveX((ctx) => ctx.throw(418, 'teapot'))
  const answer = await app.get('/x')
  expect(answer.status).toBe(418)
  expect(answer.body.toString()).toBe('{"title":"teapot"}')
  expect(header(answer, 'cache-status')).toBe('meridian; fwd=uri-miss; detail=handler-error')
  expect(header(answer, 'cache-control')).toBeUndefined()
  await app.get('/x')
  expect(app.calls).toBe(2)
})

test('isn’t stored: a stream, which still says how long it is fresh', async () => {
  app = await serveX((ctx) => {
    ctx.body = new Blob([FOX]).stream()
  })
  const answer = await app.get('/x')
  expect(answer.body.toString()).toBe(FOX)
  expect(header(answer, 'cache-status')).toBe('meridian; fwd=uri-miss; detail=body')
  expect(header(answer, 'cache-control')).toBe('public, max-age=60')
})

test('isn’t stored: a body over the limit', async () => {
  app = await serveX(undefined, {}, { maxEntryBytes: FOX.length - 1 })
  expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; detail=size')
  expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; detail=size')
})

test('isn’t stored: a response of another method', async () => {
  app = await serveX()
  expect(header(await app.get('/x', {}, 'POST'), 'cache-status')).toBe('meridian; fwd=method')
  expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; stored')
})
