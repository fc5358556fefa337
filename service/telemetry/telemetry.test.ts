import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { startFixture } from './testing/fixture-process.ts'
import { MARKED } from './testing/marked.ts'
import { startReceiver } from './testing/otlp-receiver.ts'

type Fixture = Awaited<ReturnType<typeof startFixture>>
type Receiver = Awaited<ReturnType<typeof startReceiver>>

const SERVER_KIND = 2

let servers: { readonly postgres: string; readonly redis: string; close(): Promise<void> }
let receiver: Receiver
let running: Fixture | undefined

beforeAll(async () => {
  servers = await startServers()
})
afterAll(async () => servers.close())
beforeEach(async () => {
  receiver = await startReceiver()
})
afterEach(async () => {
  await running?.kill()
  running = undefined
  await receiver.close()
})

async function startServers() {
  const { findRedisServer, startPostgres, startRedis } = await import('../embedded/index.ts')
  const folder = await mkdtemp(join(tmpdir(), 'meridian-telemetry-'))
  // PostgreSQL runs as another user where the tests run as root.
  await chmod(folder, 0o755)
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), dataDirIsDefault: false })
  const binary = findRedisServer(process.env['PATH'] ?? '')
  if (binary === undefined) throw new Error('Expected a redis-server on the PATH')
  const redis = await startRedis({ binary, dataDir: join(folder, 'redis'), dataDirIsDefault: false })
  return {
    postgres: postgres.url,
    redis: redis.url,
    async close() {
      await redis.stop()
      await postgres.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Nothing of this process's own OTEL_* or NODE_OPTIONS reaches the fixture. */
async function start(env: NodeJS.ProcessEnv): Promise<Fixture> {
  running = await startFixture({ DATABASE_URL: servers.postgres, REDIS_URL: servers.redis, ...env })
  return running
}

const exporting = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url })

describe('traces', () => {
  test('go from the request through its route to every query, with the right parents', async () => {
    const fixture = await start({ ...exporting(), OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=blue' })
    expect(fixture).toMatchObject({ active: true, profiled: false, exporting: true, unpatched: [] })
    const response = await fixture.get('/v1/places/FR')
    expect(response.status).toBe(200)
    await fixture.stop()

    const spans = receiver.spans()
    const server = spans.find(({ kind }) => kind === SERVER_KIND)
    expect(server?.name).toBe('GET /v1/places/:code')
    expect(server?.attributes['http.route']).toBe('/v1/places/:code')
    expect(server?.attributes['meridian.cache.status']).toBe('meridian; fwd=uri-miss; stored')
    const routes = spans.filter(({ scope }) => scope.endsWith('instrumentation-koa'))
    expect(routes.map(({ name, parentSpanId }) => [name, parentSpanId])).toEqual([
      ['router - /v1/places/:code', server?.spanId],
    ])
    const queries = spans.filter(({ name }) => name.startsWith('pg.query'))
    expect(queries.map(({ attributes }) => attributes['db.query.text'])).toEqual([
      'select ? as a, ? as b',
      'select $1::text',
      'select $1::text',
      'select ? as a',
      'begin',
      'commit',
    ])
    const redis = spans.filter(({ attributes }) => attributes['db.system.name'] === 'redis')
    expect(redis.map(({ name, attributes }) => [name, attributes['db.query.text']])).toEqual([['set', 'set']])
    const parents = new Set([...queries, ...redis].map(({ parentSpanId }) => parentSpanId))
    expect([...parents]).toEqual([routes[0]?.spanId])
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
    expect(receiver.headers['x-tenant']).toBe('blue')
  })

  test('carry no value of a statement, of an error or of a Redis command; nor do metrics or notices', async () => {
    const fixture = await start({ ...exporting(), PROFILER: 'on', OTEL_LOG_LEVEL: 'info' })
    await fixture.get('/v1/places/FR')
    const broken = await fixture.get('/v1/places/FR/broken')
    expect(broken.status).toBe(500)
    await fixture.stop()

    const sent = receiver.bodies.map(({ text }) => text).join('\n')
    expect(sent).toContain('select ?::integer')
    const told = JSON.stringify([fixture.notices(), fixture.profiles(), fixture.other])
    for (const marked of Object.values(MARKED)) {
      expect(sent.toLowerCase()).not.toContain(String(marked).toLowerCase())
      expect(told.toLowerCase()).not.toContain(String(marked).toLowerCase())
    }
    const failed = receiver.spans().filter(({ name, status }) => name.startsWith('pg.query') && status.code === 2)
    expect(failed.map(({ status, attributes }) => [status.message, attributes['error.type']])).toEqual([
      ['22P02', '22P02'],
      ['22P02', '22P02'],
    ])
  })

  test('name the service, its version, commit and environment; the standard variables win', async () => {
    const fixture = await start({
      ...exporting(),
      OTEL_SERVICE_NAME: 'renamed',
      OTEL_RESOURCE_ATTRIBUTES: 'team=maps,service.version=9.9.9',
    })
    await fixture.get('/v1/places/FR')
    await fixture.stop()
    expect(receiver.resource()).toMatchObject({
      'service.name': 'renamed',
      'service.version': '9.9.9',
      'deployment.environment.name': 'test',
      'vcs.ref.head.revision': 'abc1234',
      team: 'maps',
    })
    expect(receiver.resource()['service.instance.id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(receiver.resource()).not.toHaveProperty('process.command_args')
  })
})

describe('metrics', () => {
  test('are sent at their interval: requests by route, and the database client’s', async () => {
    const fixture = await start({
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${receiver.url}/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '200',
    })
    await fixture.get('/v1/places/FR')
    const metrics = () => receiver.bodies.map(({ text }) => text).find((text) => text.includes('http.server.request'))
    const text = await fixture.until('metrics', metrics)
    expect(text).toContain('"http.server.request.duration"')
    expect(text).toContain('"/v1/places/:code"')
    expect(text).toContain('"db.client.operation.duration"')
    expect(receiver.bodies.every(({ path }) => path === '/v1/metrics')).toBe(true)
  })
})

describe('profiles', () => {
  test('count the queries of a request, and say what the cache did', async () => {
    const fixture = await start({ PROFILER: 'on' })
    expect(fixture).toMatchObject({ active: true, profiled: true, exporting: false, unpatched: [] })
    await fixture.get('/v1/places/FR')
    const profile = await fixture.profileOf('/v1/places/FR')
    expect(profile).toMatchObject({
      method: 'GET',
      route: '/v1/places/:code',
      status: 200,
      aborted: false,
      queryCount: 4,
      distinctQueries: 3,
      cacheStatus: 'meridian; fwd=uri-miss; stored',
    })
    expect(profile.queryMs).toBeGreaterThan(0)
    expect(profile.poolWaitMs).toBeGreaterThan(0)
    expect(fixture.profiles()).toHaveLength(1)
  })

  test('come for every request when the sampler drops them all, and nothing is exported', async () => {
    const fixture = await start({
      ...exporting(),
      PROFILER: 'on',
      OTEL_TRACES_SAMPLER: 'always_off',
      OTEL_METRICS_EXPORTER: 'none',
    })
    await fixture.get('/v1/places/FR')
    expect(await fixture.profileOf('/v1/places/FR')).toMatchObject({ queryCount: 4 })
    await fixture.stop()
    expect(receiver.bodies).toEqual([])
  })

  test('come when the client leaves, with the query that was still running', async () => {
    const fixture = await start({ PROFILER: 'on' })
    await fixture.get('/v1/places/FR/slow', { signal: AbortSignal.timeout(150) }).catch(() => {})
    expect(await fixture.profileOf('/v1/places/FR/slow')).toMatchObject({ aborted: true, queryCount: 1 })
  })
})

describe('start and stop', () => {
  test('nothing is patched without an endpoint or the profiler', async () => {
    const fixture = await start({})
    expect(fixture).toMatchObject({ active: false, profiled: false, exporting: false, unpatched: [] })
  })

  test('OTEL_SDK_DISABLED wins over everything', async () => {
    const fixture = await start({ ...exporting(), PROFILER: 'on', OTEL_SDK_DISABLED: 'true' })
    expect(fixture).toMatchObject({ active: false, profiled: false, exporting: false })
    await fixture.get('/v1/places/FR')
    await fixture.stop()
    expect(receiver.bodies).toEqual([])
    expect(fixture.profiles()).toEqual([])
  })

  test('SIGTERM sends what is left', async () => {
    const fixture = await start(exporting())
    await fixture.get('/v1/places/FR')
    expect(receiver.bodies).toEqual([])
    await fixture.stop()
    expect(receiver.bodies.map(({ path }) => path).sort()).toEqual(['/v1/metrics', '/v1/traces'])
  })

  test('a dead collector delays neither start, request nor stop, and is told once', async () => {
    const fixture = await start({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TIMEOUT: '400',
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_METRICS_EXPORTER: 'none',
    })
    const began = performance.now()
    for (let request = 0; request < 4; request += 1) {
      await fixture.get('/v1/places/FR')
      await wait(120)
    }
    expect(performance.now() - began).toBeLessThan(5_000)
    const { ms } = await fixture.stop()
    expect(ms).toBeLessThan(5_500)
    expect(fixture.notices()).toHaveLength(1)
    expect(fixture.notices()[0]).toMatch(/^telemetry: the collector does not take traces: .*ECONNREFUSED/)
    expect(fixture.other).toEqual([])
  })

  test('a collector that never answers holds up the stop for 5 seconds at most', async () => {
    const { createServer } = await import('node:net')
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const fixture = await start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
    await fixture.get('/v1/places/FR')
    const { ms } = await fixture.stop()
    silent.close()
    expect(ms).toBeGreaterThan(4_000)
    expect(ms).toBeLessThan(20_000)
  })

  test('a module that was loaded too early is named', async () => {
    const fixture = await start({ PROFILER: 'on', FIXTURE_EARLY: '@mikro-orm/postgresql' })
    // The fixture's own import of pg comes after the hook and patches its prototypes; the pool that pg had loaded stays.
    expect(fixture.unpatched).toEqual(['pg-pool'])
  })
})
