import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { startApp, type TestApp } from '../tests/support/app.ts'
import { redisUrl } from '../tests/support/database.ts'
import { send } from '../tests/support/http.ts'
import { createMemoryStore, createRedisStore } from './cache/index.ts'

let app: TestApp

beforeAll(async () => {
  app = await startApp()
})

afterAll(async () => {
  await app.close()
})

const list = '/v1/countries?include=languages'

describe('the example, /__version__', () => {
  test.each([
    ['memory', () => createMemoryStore({ maxBytes: 1_000_000 })],
    ['Redis', () => createRedisStore({ url: redisUrl(), prefix: 'example' })],
  ])('is answered from %s the second time, and never reaches the handler', async (_, createStore) => {
    const store = createStore()
    await waitFor(() => store.ping())
    let calls = 0
    const build = {
      name: 'meridian',
      version: '1.2.3',
      sources: 'test',
      get commit() {
        calls += 1
        return 'abc'
      },
    }
    const example = await startApp({ cache: { store, prefix: `example-${process.pid}-${Date.now()}` }, app: { build } })
    const first = await send(`${example.url}/__version__`)
    expect(first.headers['cache-status']).toBe('meridian; fwd=uri-miss; stored')
    expect(first.headers['cache-control']).toBe('public, max-age=60')
    const second = await waitFor(async () => {
      const reply = await send(`${example.url}/__version__`)
      expect(reply.headers['cache-status']).toMatch(/^meridian; hit; ttl=(?:59|60)$/)
      return reply
    })
    expect(calls).toBe(1)
    expect(second.json).toEqual(first.json)
    expect(second.json).toMatchObject({ name: 'meridian', version: '1.2.3', commit: 'abc' })
    expect(second.headers['age']).toMatch(/^[01]$/)
    await example.close()
  })
})

describe.each(['identity', 'gzip', 'br', 'zstd', 'deflate'])('with Accept-Encoding: %s', (encoding) => {
  const headers = { 'accept-encoding': encoding }

  test.each([
    ['miss', 'no-cache', 'fwd=request; stored'],
    ['hit', 'max-age=60', 'hit'],
  ])('a %s has the encoding, an ETag and Vary, and the same content', async (_, directive, result) => {
    const reply = await send(app.url + list, { ...headers, 'cache-control': directive })
    expect(reply.status).toBe(200)
    expect(reply.headers['cache-status']).toContain(result)
    expect(reply.headers['content-encoding'] ?? 'identity').toBe(encoding)
    expect(reply.headers).toMatchObject({ etag: expect.stringMatching(/^W\//), vary: 'Accept-Encoding' })
    expect(reply.json.data).toHaveLength(250)
  })

  test('a matching If-None-Match is a 304 with ETag, Vary, Cache-Control and no body', async () => {
    const { headers: first } = await send(app.url + list, headers)
    const reply = await send(app.url + list, { ...headers, 'if-none-match': first.etag! })
    expect(reply.status).toBe(304)
    expect(reply.bytes).toHaveLength(0)
    expect(reply.headers).toMatchObject({
      etag: first.etag,
      vary: 'Accept-Encoding',
      'cache-control': 'public, max-age=3600',
      'cache-status': expect.stringContaining('hit'),
    })
  })

  test('HEAD has the headers of GET, and no length that GET does not have', async () => {
    const get = await send(app.url + list, headers)
    const head = await send(app.url + list, headers, 'HEAD')
    expect(head.status).toBe(200)
    expect(head.bytes).toHaveLength(0)
    for (const name of ['etag', 'vary', 'content-type', 'cache-control'])
      expect(head.headers[name]).toBe(get.headers[name])
    expect([undefined, get.headers['content-length']]).toContain(head.headers['content-length'])
  })
})

test('no Accept-Encoding makes an error of the service', async () => {
  const names = ['gzip', 'br', 'zstd', 'deflate', 'identity', '*', 'x-unknown', '', ';', 'GZIP', 'gzip;q=0.5;x=y']
  const weights = ['', ';q=0', ';q=1', ';q=0.001', ';q=nonsense', '; q=0']
  const single = names.flatMap((name) => weights.map((weight) => name + weight))
  const combined = single.flatMap((one, index) => [
    `${one}, ${single[(index * 7 + 3) % single.length]!}`,
    `*;q=0, ${one}`,
  ])
  for (const value of ['*;q=0', 'identity;q=0', 'identity;q=0, *;q=0', ...single, ...combined]) {
    const reply = await send(`${app.url}/v1/languages`, { 'accept-encoding': value })
    expect([value, reply.status]).toEqual([value, 200])
    expect(reply.json.data.length).toBeGreaterThan(100)
    expect(reply.headers.vary).toBe('Accept-Encoding')
  }
  expect(app.errors).toEqual([])
})

describe('the cache', () => {
  test('is bypassed by no-cache, which stores anew, and by no-store, which does not', async () => {
    const url = `${app.url}/v1/regions`
    await send(url)
    app.takeQueries()
    const refreshed = await send(url, { 'cache-control': 'no-cache' })
    expect(refreshed.headers['cache-status']).toBe('meridian; fwd=request; stored')
    const uncached = await send(url, { 'cache-control': 'no-store' })
    expect(uncached.headers['cache-status']).toMatch(/^meridian; fwd=request(?!.*; stored)/)
    expect(app.takeQueries()).toHaveLength(2)
  })

  test('switched off whole, it lets every request reach the database and says so', async () => {
    const off = await startApp({ cache: { enabled: false } })
    for (const _ of [1, 2]) {
      const reply = await send(`${off.url}/v1/regions`)
      expect(reply.headers['cache-status']).toBe('meridian; fwd=bypass; detail=disabled')
      expect(reply.headers['cache-control']).toBe('no-cache')
      expect(off.takeQueries()).toHaveLength(1)
    }
    await off.close()
  })

  test('takes two spellings of one question for one', async () => {
    await send(`${app.url}/v1/countries?fields=name,code&include=capital,languages`)
    const reply = await send(`${app.url}/v1/countries?include=languages,capital,languages&sort=name&fields=code,name`)
    expect(reply.headers['cache-status']).toContain('hit')
  })

  test('never answers a wrong question from the entry of a right one', async () => {
    await send(`${app.url}/v1/currencies`)
    expect((await send(`${app.url}/v1/currencies?nonsense=1`)).status).toBe(400)
  })

  test('stands in front of every route of the domain but those that must not be stored', async () => {
    expect((await send(`${app.url}/v1/timezones`)).headers['cache-status']).toContain('stored')
    const correction = await send(`${app.url}/v1/corrections/00000000-0000-4000-8000-000000000000`)
    expect(correction.headers['cache-control']).toBe('no-store')
    for (const path of ['/livez', '/readyz', '/health']) {
      const reply = await send(app.url + path)
      expect([path, reply.headers['cache-control'], reply.headers['cache-status']]).toEqual([
        path,
        'no-store',
        undefined,
      ])
    }
  })
})

describe('bad requests', () => {
  test.each([
    ['an unknown path', '/nope', 404, 'not-found'],
    ['an unknown parameter', '/v1/countries?regoin=Europe', 400, 'invalid-parameter'],
    ['a parameter twice', '/v1/countries?sort=name&sort=name', 400, 'invalid-parameter'],
    ['an unknown field', '/v1/countries?fields=nmae', 400, 'invalid-parameter'],
    ['an unknown include', '/v1/countries/FR?include=king', 400, 'invalid-parameter'],
    ['an empty field list', '/v1/countries?fields=', 400, 'invalid-parameter'],
    ['no country code', '/v1/countries/F', 400, 'invalid-parameter'],
    ['a country that is none', '/v1/countries/ZZ', 404, 'not-found'],
    ['cities of no country', '/v1/countries/ZZ/cities', 404, 'not-found'],
    ['cities of no subdivision', '/v1/subdivisions/FR.ZZ/cities', 404, 'not-found'],
    ['a subdivision that is none', '/v1/subdivisions/FR.ZZ', 404, 'not-found'],
    ['a city that is none', '/v1/cities/1', 404, 'not-found'],
    ['revisions of no city', '/v1/cities/1/revisions', 404, 'not-found'],
    ['an id beyond an integer', '/v1/cities/9999999999', 400, 'invalid-parameter'],
    ['a negative id', '/v1/cities/-1', 400, 'invalid-parameter'],
    ['a negative population', '/v1/cities?minPopulation=-1', 400, 'invalid-parameter'],
    ['a limit of nothing', '/v1/cities?limit=0', 400, 'invalid-parameter'],
    ['a limit of too much', '/v1/cities?limit=101', 400, 'invalid-parameter'],
    ['a broken cursor', '/v1/cities?cursor=broken', 400, 'invalid-parameter'],
    ['a long cursor', `/v1/cities?cursor=${'A'.repeat(2000)}`, 400, 'invalid-parameter'],
    ['a search for nothing', '/v1/cities?q=%20', 400, 'invalid-parameter'],
    ['a search for a novel', `/v1/cities?q=${'a'.repeat(4000)}`, 400, 'invalid-parameter'],
    ['no time zone', '/v1/cities?timezone=../../etc', 400, 'invalid-parameter'],
    ['bad UTF-8', '/v1/countries/%FF', 400, 'malformed-request'],
    ['bad UTF-8 in the query', '/v1/cities?q=%C3%28', 400, 'malformed-request'],
    ['a NUL', '/v1/cities?q=a%00b', 400, 'malformed-request'],
    ['a URL of 8 KB', `/v1/cities?q=${'a'.repeat(8192)}`, 414, 'uri-too-long'],
    ['headers of 20 KB', `/v1/cities?q=${'a'.repeat(20_000)}`, 431, 'header-too-large'],
  ])('%s: %.60s', async (_, path, status, id) => {
    const reply = await send(app.url + path)
    expect(reply.status).toBe(status)
    expect(reply.headers).toMatchObject({ 'content-type': 'application/problem+json', 'cache-control': 'no-store' })
    expect(reply.json).toMatchObject({ type: `/problems/${id}`, status, title: expect.any(String) })
    expect(reply.json.detail).toMatch(/^Expected /)
    expect(reply.text).not.toMatch(/ at .*\.[jt]s|node_modules|select /)
  })

  test('are answered at no greater length than they deserve', async () => {
    const reply = await send(
      `${app.url}/v1/cities?${'a&'.repeat(3_000)}${Array.from({ length: 200 }, (_, i) => `b${i}=`).join('&')}`,
    )
    expect(reply.status).toBe(400)
    expect(reply.bytes.length).toBeLessThan(10_000)
  })

  test('names a parameter like any other where it is the name of a prototype', async () => {
    const { status, json } = await send(`${app.url}/v1/countries?__proto__=1`)
    expect(status).toBe(400)
    expect(json.errors[0]).toMatchObject({ parameter: '__proto__' })
  })

  test('names every wrong parameter, what was expected and what is known', async () => {
    const { json } = await send(`${app.url}/v1/countries?regoin=Europe&fields=nmae&sort=age`)
    expect(json.errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ parameter: 'regoin', known: expect.arrayContaining(['region', 'fields']) }),
        expect.objectContaining({ parameter: 'fields', known: expect.arrayContaining(['name', 'code']) }),
        expect.objectContaining({ parameter: 'sort', detail: expect.stringContaining('got "age"') }),
      ]),
    )
  })

  test.each([
    ['POST', '/v1/countries', 405],
    ['DELETE', '/v1/cities/2988507', 405],
    ['PUT', '/__version__', 405],
    ['PROPFIND', '/v1/countries', 501],
    ['OPTIONS', '/v1/countries', 200],
    ['POST', '/nope', 404],
  ])('%s %s is %d, with Allow where there is something to allow', async (method, path, status) => {
    const reply = await send(app.url + path, {}, method)
    expect(reply.status).toBe(status)
    if (status !== 404) expect(reply.headers.allow).toContain('GET')
  })

  test.each([
    ['raw UTF-8 in the target', 'GET /v1/cities?q=é HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed-request'],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'malformed-request'],
    ['no Host', 'GET /livez HTTP/1.1\r\n\r\n', 400, 'malformed-request'],
    ['half a URL as the target', 'GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed-request'],
    ['an empty URL as the target', 'GET http:// HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'malformed-request'],
    ['an odd expectation', 'GET /livez HTTP/1.1\r\nHost: x\r\nExpect: nonsense\r\n\r\n', 417, 'expectation-failed'],
    ['CONNECT', 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n', 501, 'method-not-implemented'],
  ])('%s gets a problem document', async (_, bytes, status, id) => {
    const [reply] = await exchange(bytes)
    expect(reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(reply).toContain('application/problem+json')
    expect(reply).toContain(`/problems/${id}`)
  })

  test('garbage behind a request is never taken for its answer', async () => {
    const replies = await exchange('GET /v1/regions HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n')
    expect(replies.join('')).not.toMatch(/^HTTP\/1\.1 400/)
    expect(replies.join('').match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1)
  })

  test('have a type that leads to what it means', async () => {
    const { json } = await send(`${app.url}/nope`)
    expect((await send(app.url + json.type)).json).toEqual({ type: json.type, status: 404, title: json.title })
    expect((await send(`${app.url}/problems/constructor`)).status).toBe(404)
  })

  test('were no faults of the service', () => {
    expect(app.errors).toEqual([])
  })
})

describe('when the database is away', () => {
  test('requests are answered 503 as a problem, and what is stored is still served', async () => {
    const store = createMemoryStore({ maxBytes: 1_000_000 })
    const cache = { store, prefix: 'away' }
    const up = await startApp({ cache })
    await send(`${up.url}/v1/regions`)
    const down = await startApp({ cache, databaseUrl: 'postgresql://nobody:hunter2@127.0.0.1:1/none' })
    expect((await send(`${down.url}/v1/regions`)).headers['cache-status']).toContain('hit')
    const reply = await send(`${down.url}/v1/languages`)
    expect(reply.status).toBe(503)
    expect(reply.headers['retry-after']).toBe('5')
    expect(reply.json.type).toBe('/problems/database-unavailable')
    expect(reply.text).not.toContain('hunter2')
    expect(down.errors).toHaveLength(1)
    await down.close()
    await up.close()
  })
})

describe('health', () => {
  test('is ready only while what it needs answers, and degraded without what it can do without', async () => {
    const database = jest.fn<() => Promise<string>>().mockResolvedValue('postgresql')
    const cache = jest.fn<() => Promise<string>>().mockRejectedValue(new Error('redis://:hunter2@secret'))
    const checks = { database: { required: true, check: database }, cache: { required: false, check: cache } }
    const checked = await startApp({ app: { checks } })
    const degraded = await send(`${checked.url}/health`)
    expect(degraded.status).toBe(200)
    expect(degraded.json).toMatchObject({ status: 'degraded', checks: { cache: { status: 'down' } } })
    expect(degraded.text).not.toContain('hunter2')
    database.mockReturnValue(new Promise(() => undefined))
    const down = await send(`${checked.url}/readyz`)
    expect(down.status).toBe(503)
    expect(down.json).toMatchObject({ status: 'down', checks: { database: { status: 'down' } } })
    expect((await send(`${checked.url}/livez`)).status).toBe(200)
    await checked.close()
  })

  test('is not ready once the service has been told to stop', async () => {
    const stopping = await startApp({ app: { isStopping: () => true } })
    expect((await send(`${stopping.url}/readyz`)).status).toBe(503)
    expect((await send(`${stopping.url}/livez`)).status).toBe(200)
    await stopping.close()
  })
})

/** Polls until the attempt succeeds, 5 s at most. */
async function waitFor<T>(attempt: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 5_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Sends bytes as they are, and gives back what comes until the server closes or a response is complete. */
function exchange(bytes: string): Promise<string[]> {
  const { hostname, port } = new URL(app.url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    const chunks: string[] = []
    socket.on('data', (chunk) => chunks.push(chunk.toString()))
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(chunks))
    socket.setTimeout(1_000, () => socket.destroy())
  })
}
