import { Agent, get, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import pg from 'pg'
import { startReceiver } from '../service/telemetry/testing/otlp-receiver.ts'
import { createDatabase, redisUrl } from './support/database.ts'
import { send } from './support/http.ts'
import { killAll, runMeridian } from './support/service.ts'

let database: Awaited<ReturnType<typeof createDatabase>>
let environment: Record<string, string>

beforeAll(async () => {
  database = await createDatabase('copy')
  environment = { DATABASE_URL: database.url, REDIS_URL: redisUrl(), CACHE_KEY_PREFIX: `service-${process.pid}` }
})

afterEach(killAll)

afterAll(async () => {
  await database.drop()
})

describe('what stops the start is told in one line, and nothing is left running', () => {
  test.each([
    ['a wrong value', { PORT: 'abc' }, /^meridian: PORT: expected a whole number from 0 to 65535, got "abc"\n$/],
    ['a wrong secret', { ADMIN_TOKEN: 'hunter2 ' }, /^meridian: ADMIN_TOKEN: expected .*, got "\*\*\*"\n$/],
    [
      'a wrong URL with a password',
      { REDIS_URL: 'http://me:hunter2@host' },
      /^meridian: REDIS_URL: expected .*, got "http:\/\/\*\*\*@host"\n$/,
    ],
    [
      'production without a database',
      { NODE_ENV: 'production', CACHE_STORE: 'memory' },
      /^meridian: DATABASE_URL: .*\n$/,
    ],
    [
      'a database that does not answer',
      { DATABASE_URL: 'postgresql://me:hunter2@127.0.0.1:1/places' },
      /^meridian: DATABASE_URL: expected PostgreSQL to answer at 127\.0\.0\.1:1\/places, got ECONNREFUSED\n$/,
    ],
    [
      'an address of another machine',
      { HOST: '192.0.2.1', DATABASE_URL: 'postgresql://x@127.0.0.1:1/x' },
      /^meridian: HOST: .*\n$/,
    ],
  ])('%s', async (_, wrong, expected) => {
    const meridian = runMeridian(wrong)
    expect(await meridian.ended).toBe(1)
    expect(meridian.errors()).toMatch(expected)
    expect(meridian.errors()).not.toContain('hunter2')
  })

  test('a wrong password', async () => {
    const url = new URL(database.url)
    url.password = 'hunter2'
    const meridian = runMeridian({ ...environment, DATABASE_URL: url.href })
    expect(await meridian.ended).toBe(1)
    expect(meridian.errors()).toMatch(/^meridian: DATABASE_URL: expected PostgreSQL to answer at .*, got 28P01\n$/)
  })

  test('a taken port', async () => {
    const first = runMeridian(environment)
    const { port } = new URL(await first.ready())
    const second = runMeridian({ ...environment, PORT: port })
    expect(await second.ended).toBe(1)
    expect(second.errors()).toBe(
      `meridian: PORT: expected a free port, got ${port}, which another program listens on at 127.0.0.1\n`,
    )
    first.kill('SIGTERM')
    expect(await first.ended).toBe(0)
  })
})

test('--help lists the commands and every variable', async () => {
  const meridian = runMeridian({}, '--help')
  expect(await meridian.ended).toBe(0)
  const text = meridian.lines.map(({ msg }) => msg).join('\n')
  for (const word of ['serve', 'import', 'DATABASE_URL', 'CACHE_BYPASS_SECRET', 'JAEGER_UI_URL', 'DATA_DIR', 'OTEL_']) {
    expect(text).toContain(word)
  }
})

describe('the development log', () => {
  test("tells each request's status, time, queries and cache result, and no value of a query", async () => {
    const meridian = runMeridian(environment)
    const url = await meridian.ready()
    await send(`${url}/v1/countries?include=capital,languages,currencies,neighbours&q=france`)
    const cold = await meridian.line(
      /^GET \/v1\/countries → 200 .* db 4 queries \(4 shapes\) .* cache fwd=uri-miss stored · trace /,
    )
    expect(cold).toMatchObject({
      method: 'GET',
      path: '/v1/countries',
      route: '/v1/countries',
      status: 200,
      queries: 4,
      cache: 'meridian; fwd=uri-miss; stored',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    await send(`${url}/v1/countries?include=capital,languages,currencies,neighbours&q=france`)
    const warm = await meridian.line(/^GET \/v1\/countries → 200 .* db 0 queries .* cache hit/)
    expect(warm['queries']).toBe(0)
    expect(meridian.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([])
    expect(JSON.stringify(meridian.lines)).not.toContain('select ')
    meridian.kill('SIGTERM')
    expect(await meridian.ended).toBe(0)
  })

  test('without OpenTelemetry still tells of each request', async () => {
    const meridian = runMeridian({ ...environment, OTEL_SDK_DISABLED: 'true' })
    await send(`${await meridian.ready()}/v1/regions`)
    expect(await meridian.line(/^GET \/v1\/regions → 200 /)).not.toHaveProperty('queries')
    meridian.kill('SIGTERM')
    expect(await meridian.ended).toBe(0)
  })
})

test('with an endpoint, traces of server, route, PostgreSQL and Redis arrive there, and metrics, flushed at the end', async () => {
  const receiver = await startReceiver()
  const meridian = runMeridian({
    ...environment,
    NODE_ENV: 'production',
    CACHE_KEY_PREFIX: `traced-${process.pid}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    // Far longer than the test: only the flush at the end can bring them.
    OTEL_BSP_SCHEDULE_DELAY: '600000',
    OTEL_METRIC_EXPORT_INTERVAL: '600000',
  })
  await send(`${await meridian.ready()}/v1/cities/2988507?include=alternateNames`)
  meridian.kill('SIGTERM')
  expect(await meridian.ended).toBe(0)
  const spans = receiver.spans()
  const server = spans.find(({ kind, attributes }) => kind === 2 && attributes['http.route'] === '/v1/cities/:id')!
  const trace = spans.filter(({ traceId }) => traceId === server.traceId)
  const parentOf = (span: (typeof spans)[number]) => trace.find(({ spanId }) => spanId === span.parentSpanId)
  const scopes = new Set(trace.map(({ scope }) => scope.replace('@opentelemetry/instrumentation-', '')))
  expect(scopes).toEqual(new Set(['http', 'koa', 'pg', 'ioredis']))
  const queries = trace.filter(
    ({ attributes }) => attributes['db.query.text'] !== undefined && attributes['db.system.name'] === 'postgresql',
  )
  expect(queries.length).toBe(2)
  for (const query of queries) {
    let span: (typeof spans)[number] | undefined = query
    const path: string[] = []
    while (span) {
      path.unshift(span.scope.replace('@opentelemetry/instrumentation-', ''))
      span = parentOf(span)
    }
    expect([path[0], path[1], path.at(-1)]).toEqual(['http', 'koa', 'pg'])
    expect(query.attributes['db.query.text']).not.toContain('2988507')
  }
  expect(
    receiver.bodies.some(({ path, text }) => path === '/v1/metrics' && text.includes('http.server.request.duration')),
  ).toBe(true)
  await receiver.close()
})

describe('told to stop', () => {
  /** A request that waits for the database for as long as the lock is held. */
  async function requestUnderWay(url: string) {
    const client = new pg.Client(database.url)
    await client.connect()
    await client.query('begin')
    await client.query('lock table country in access exclusive mode')
    const reply = keptAlive(`${url}/v1/countries/FR`)
    reply.catch(() => undefined)
    for (;;) {
      const { rows } = await client.query(
        `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
      )
      if (rows.length > 0) break
    }
    return { reply, release: () => client.query('rollback').then(() => client.end()) }
  }

  test('it accepts no more, finishes what runs, and exits 0', async () => {
    const meridian = runMeridian(environment)
    const url = await meridian.ready()
    const { reply, release } = await requestUnderWay(url)
    meridian.kill('SIGTERM')
    await meridian.line(/finishing the requests under way/)
    await expect(connects(url)).resolves.toBe(false)
    await release()
    expect((await reply).status).toBe(200)
    expect((await reply).headers.connection).toBe('close')
    expect(await meridian.ended).toBe(0)
  })

  test('it cuts what has not finished in time, and exits 0 all the same', async () => {
    const meridian = runMeridian({ ...environment, SHUTDOWN_TIMEOUT: '1' })
    const { reply, release } = await requestUnderWay(await meridian.ready())
    meridian.kill('SIGINT')
    await expect(reply).rejects.toThrow()
    expect(await meridian.ended).toBe(0)
    await release()
  })

  test('twice, it exits at once', async () => {
    const meridian = runMeridian({ ...environment, SHUTDOWN_TIMEOUT: '60' })
    const { reply, release } = await requestUnderWay(await meridian.ready())
    meridian.kill('SIGTERM')
    await meridian.line(/finishing the requests under way/)
    // npm repeats what the terminal sends to both, at once: that is no second signal.
    meridian.kill('SIGTERM')
    const repeating = setInterval(() => meridian.kill('SIGTERM'), 300).unref()
    expect(await meridian.ended).toBe(1)
    clearInterval(repeating)
    expect(await meridian.line(/SIGTERM again/)).toMatchObject({ level: 'warn' })
    await expect(reply).rejects.toThrow()
    await release()
  })
})

test('told to stop while it still starts, it leaves nothing and exits 0', async () => {
  const client = new pg.Client(database.url)
  await client.connect()
  // What a service waits for when another one migrates.
  await client.query('select pg_advisory_lock(4242000)')
  const meridian = runMeridian(environment)
  await meridian.line(/another process is migrating or importing/)
  meridian.kill('SIGTERM')
  expect(await meridian.ended).toBe(0)
  expect(meridian.errors()).toBe('')
  await client.end()
})

test('with one connection to the database it starts and serves', async () => {
  const meridian = runMeridian({ ...environment, DATABASE_POOL_SIZE: '1' })
  const url = await meridian.ready()
  const replies = await Promise.all([1, 2, 3].map(() => send(`${url}/v1/countries?include=capital,languages`)))
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 200])
  meridian.kill('SIGTERM')
  expect(await meridian.ended).toBe(0)
})

test("a database URL's parameters are obeyed: TLS that the server has not is an error", async () => {
  const meridian = runMeridian({ ...environment, DATABASE_URL: `${database.url}?sslmode=verify-full` })
  expect(await meridian.ended).toBe(1)
  expect(meridian.errors()).toMatch(
    /^meridian: DATABASE_URL: expected PostgreSQL to answer at .*, got The server does not support SSL connections\n$/,
  )
})

test('with Redis away from the start it serves, and says so once', async () => {
  const meridian = runMeridian({ ...environment, REDIS_URL: 'redis://:hunter2@127.0.0.1:1/0' })
  const url = await meridian.ready()
  for (let index = 0; index < 5; index += 1) {
    const reply = await send(`${url}/v1/regions`)
    expect(reply.status).toBe(200)
    expect(reply.headers['cache-status']).toMatch(/^meridian; fwd=/)
  }
  expect(meridian.lines.filter(({ msg }) => msg.includes('the cache store is down'))).toHaveLength(1)
  expect((await send(`${url}/health`)).json).toMatchObject({ status: 'degraded' })
  expect(JSON.stringify(meridian.lines)).not.toContain('hunter2')
  meridian.kill('SIGTERM')
  expect(await meridian.ended).toBe(0)
})

/** A request over a connection that its client would like to keep. */
function keptAlive(url: string): Promise<Pick<IncomingMessage, 'headers'> & { status: number | undefined }> {
  const agent = new Agent({ keepAlive: true })
  return new Promise((resolve, reject) => {
    const outgoing = get(url, { agent, headers: { 'cache-control': 'no-store' } }, (incoming) => {
      incoming.resume().on('end', () => resolve({ status: incoming.statusCode, headers: incoming.headers }))
    })
    outgoing.on('error', reject)
  })
}

async function connects(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
