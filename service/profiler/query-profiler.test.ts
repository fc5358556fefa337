import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api'
import type { Context, Span } from '@opentelemetry/api'
import { AlwaysOffSampler, TracerProvider, createAlwaysRecordSampler } from '@opentelemetry/sdk-trace'
import type { Sampler } from '@opentelemetry/sdk-trace'
import { describe, expect, test } from '@jest/globals'
import { createQueryProfiler } from './index.ts'
import type { Profile } from './index.ts'

function setUp(options: { maxLive?: number; onProfile?: (profile: Profile) => void; sampler?: Sampler } = {}) {
  const profiles: Profile[] = []
  const { sampler, ...rest } = options
  const profiler = createQueryProfiler({ onProfile: (profile) => profiles.push(profile), ...rest })
  const provider = new TracerProvider({ spanProcessors: [profiler], ...(sampler ? { sampler } : {}) })
  const tracer = provider.getTracer('test')

  function request(path: string, parent: Context = ROOT_CONTEXT) {
    const attributes = { 'http.request.method': 'GET', 'url.path': path }
    return tracer.startSpan('GET', { kind: SpanKind.SERVER, attributes }, parent)
  }

  /** As the pg instrumentation does it: the text comes after the start. */
  function query(under: Span | undefined, text: string, name = 'pg.query:SELECT db') {
    const span = tracer.startSpan(
      name,
      { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } },
      under === undefined ? ROOT_CONTEXT : inside(under),
    )
    span.setAttribute('db.query.text', text)
    return span
  }

  return { profiles, profiler, tracer, request, query }
}

function inside(span: Span): Context {
  return trace.setSpan(ROOT_CONTEXT, span)
}

describe('a profile', () => {
  test('tells the request, its queries and what the cache did', () => {
    const { profiles, request, query, tracer } = setUp()
    const root = request('/v1/countries/FR')
    const route = tracer.startSpan('router', {}, inside(root))
    query(route, "select * from country where code = 'FR'").end()
    query(route, "select * from country where code = 'DE'").end()
    query(route, 'select 1').end()
    route.end()
    root.setAttributes({ 'http.route': '/v1/countries/:code', 'http.response.status_code': 200 })
    root.setAttribute('meridian.cache.status', 'meridian; hit')
    root.updateName('GET /v1/countries/:code').end()

    expect(profiles).toEqual([
      {
        name: 'GET /v1/countries/:code',
        method: 'GET',
        path: '/v1/countries/FR',
        route: '/v1/countries/:code',
        status: 200,
        aborted: false,
        durationMs: expect.any(Number),
        queryCount: 3,
        queryMs: expect.any(Number),
        distinctQueries: 2,
        poolWaitMs: 0,
        cacheStatus: 'meridian; hit',
        traceId: root.spanContext().traceId,
        spanId: root.spanContext().spanId,
      },
    ])
  })

  test('sums parallel queries and the waits for a connection', () => {
    const { profiles, tracer } = setUp()
    const root = tracer.startSpan('GET', { kind: SpanKind.SERVER, startTime: [100, 0] })
    const attributes = { 'db.system.name': 'postgresql' }
    const options = { kind: SpanKind.CLIENT, attributes }
    const wait = tracer.startSpan('pg-pool.connect', { ...options, startTime: [100, 0] }, inside(root))
    const connect = tracer.startSpan('pg.connect', { ...options, startTime: [100, 0] }, inside(wait))
    connect.end([100, 20e6])
    wait.end([100, 20e6])
    const first = tracer.startSpan('pg.query', { ...options, startTime: [100, 20e6] }, inside(root))
    const second = tracer.startSpan('pg.query', { ...options, startTime: [100, 20e6] }, inside(root))
    second.end([100, 50e6])
    first.end([100, 60e6])
    root.end([100, 70e6])
    expect(profiles[0]).toMatchObject({ durationMs: 70, queryCount: 2, queryMs: 70, poolWaitMs: 20 })
  })

  test.each([
    'begin',
    'BEGIN ISOLATION LEVEL READ COMMITTED',
    'commit',
    'rollback to savepoint "a"',
    'savepoint a',
    'release savepoint a',
    "set statement_timeout = '5s'",
    'begin; set local x = 1',
  ])('does not count %j', (text) => {
    const { profiles, request, query } = setUp()
    const root = request('/')
    query(root, text).end()
    root.end()
    expect(profiles[0]?.queryCount).toBe(0)
  })

  test('counts a query behind a BEGIN in one text, and a table that is called settings', () => {
    const { profiles, request, query } = setUp()
    const root = request('/')
    query(root, 'begin; select 1').end()
    query(root, 'settings').end()
    root.end()
    expect(profiles[0]?.queryCount).toBe(2)
  })

  test('counts a query that never ends, and comes when the client leaves first', () => {
    const { profiles, profiler, request, query } = setUp()
    const root = request('/')
    const cursor = query(root, 'select * from city')
    query(root, 'begin')
    root.setAttribute('meridian.request.aborted', true).end()
    expect(profiles[0]).toMatchObject({ queryCount: 1, aborted: true })
    cursor.end()
    expect(profiles).toHaveLength(1)
    expect(profiler.live).toBe(0)
  })

  test('counts a query under a span that has ended already', () => {
    const { profiles, request, query, tracer } = setUp()
    const root = request('/')
    const route = tracer.startSpan('router', {}, inside(root))
    route.end()
    query(route, 'select 1').end()
    root.end()
    expect(profiles[0]?.queryCount).toBe(1)
  })

  test('comes for a job, and for no lone query or client call', () => {
    const { profiles, query, tracer } = setUp()
    query(undefined, 'select 1').end()
    const job = tracer.startSpan('warm up')
    query(job, 'select 1').end()
    job.end()
    expect(profiles.map(({ name, queryCount }) => [name, queryCount])).toEqual([['warm up', 1]])
  })

  test('comes for spans that the sampler drops, behind a recording sampler', () => {
    const { profiles, request, query } = setUp({ sampler: createAlwaysRecordSampler(new AlwaysOffSampler()) })
    const root = request('/')
    expect(root.spanContext().traceFlags).toBe(TraceFlags.NONE)
    query(root, 'select 1').end()
    root.end()
    expect(profiles[0]?.queryCount).toBe(1)
  })
})

describe('whose query it is', () => {
  const remote = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  })

  test('two requests that share a trace id have a profile each', () => {
    const { profiles, request, query } = setUp()
    const [first, second] = [request('/a', remote), request('/b', remote)]
    query(first, 'select 1').end()
    query(second, 'select 1').end()
    query(second, 'select 2').end()
    first.end()
    second.end()
    expect(profiles.map(({ path, queryCount }) => [path, queryCount])).toEqual([
      ['/a', 1],
      ['/b', 2],
    ])
    expect(new Set(profiles.map(({ traceId }) => traceId)).size).toBe(1)
  })

  test('a service that calls itself has the inner queries in the inner profile', () => {
    const { profiles, request, query, tracer } = setUp()
    const outer = request('/outer')
    query(outer, 'select 1').end()
    const call = tracer.startSpan('GET', { kind: SpanKind.CLIENT }, inside(outer))
    const inner = request('/inner', trace.setSpanContext(ROOT_CONTEXT, { ...call.spanContext(), isRemote: true }))
    query(inner, 'select 1').end()
    query(inner, 'select 2').end()
    inner.end()
    call.end()
    outer.end()
    expect(profiles.map(({ path, queryCount }) => [path, queryCount])).toEqual([
      ['/inner', 2],
      ['/outer', 1],
    ])
  })

  test('a hundred interleaved requests keep their queries apart', () => {
    const { profiles, profiler, request, query } = setUp()
    const roots = Array.from({ length: 100 }, (_, index) => request(`/${index}`))
    const queries = roots.flatMap((root, index) => Array.from({ length: index }, () => query(root, 'select 1')))
    for (const span of queries.toReversed()) span.end()
    for (const root of roots) root.end()
    expect(profiles.map(({ queryCount }) => queryCount)).toEqual(roots.map((_, index) => index))
    expect(profiler).toMatchObject({ live: 0, dropped: { profiles: 0, spans: 0, errors: 0 } })
  })
})

describe('its own limits', () => {
  test('beyond maxLive requests go unseen, counted, and the rest are right', () => {
    const { profiles, profiler, request, query } = setUp({ maxLive: 3 })
    const roots = [request('/0'), request('/1')]
    const kept = query(roots[0], 'select 1')
    const late = request('/2')
    query(roots[0], 'select 2').end()
    expect(profiler).toMatchObject({ live: 3, dropped: { profiles: 1, spans: 1, errors: 0 } })
    kept.end()
    for (const root of [...roots, late]) root.end()
    expect(profiles.map(({ path, queryCount }) => [path, queryCount])).toEqual([
      ['/0', 1],
      ['/1', 0],
    ])
    expect(profiler.live).toBe(0)
  })

  test('an error in onProfile reaches nobody, and is counted', () => {
    const { profiler, request } = setUp({
      onProfile() {
        throw new Error('no')
      },
    })
    expect(() => request('/').end()).not.toThrow()
    expect(profiler).toMatchObject({ live: 0, dropped: { errors: 1 } })
  })

  test('an error while counting drops that profile alone', () => {
    const { profiles, profiler, request, query } = setUp()
    const [broken, well] = [request('/broken'), request('/well')]
    const span = query(broken, 'select 1')
    Object.defineProperty(span, 'attributes', {
      get() {
        throw new Error('no')
      },
    })
    expect(() => span.end()).not.toThrow()
    broken.end()
    well.end()
    expect(profiles.map(({ path }) => path)).toEqual(['/well'])
    expect(profiler).toMatchObject({ live: 0, dropped: { errors: 1 } })
  })

  test('shutdown forgets what is live', async () => {
    const { profiles, profiler, request } = setUp()
    const root = request('/')
    await profiler.shutdown()
    root.end()
    expect(profiles).toEqual([])
    expect(profiler.live).toBe(0)
  })
})
