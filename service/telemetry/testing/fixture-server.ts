/**
 * A small service, started the way the real one is: telemetry first, the rest imported dynamically. It speaks to its
 * parent in lines of JSON on stdout.
 */
import { env, exit } from 'node:process'
import { startTelemetry } from '../index.ts'
import { MARKED } from './marked.ts'

function say(type: string, value: unknown): void {
  process.stdout.write(`${JSON.stringify({ type, value })}\n`)
}

// A module imported too early is one the instrumentation can't see.
if (env['FIXTURE_EARLY'] !== undefined) await import(env['FIXTURE_EARLY'])

const began = performance.now()
const telemetry = await startTelemetry({
  service: { name: 'fixture', version: '1.2.3', commit: 'abc1234', environment: 'test' },
  env,
  profiler: env['PROFILER'] === 'on',
  onProfile: (profile) => say('profile', profile),
  onNotice: (message) => say('notice', message),
})
const startMs = performance.now() - began

const { default: Koa } = await import('koa')
const { default: Router } = await import('@koa/router')
const { default: pg } = await import('pg')
const { Redis } = await import('ioredis')
const { MikroORM } = await import('@mikro-orm/postgresql')

const clientUrl = env['DATABASE_URL'] ?? ''
const pool = new pg.Pool({ connectionString: clientUrl, max: 4 })
const redis = new Redis(env['REDIS_URL'] ?? '')
const orm = await MikroORM.init({
  clientUrl,
  entities: [],
  discovery: { warnWhenNoEntities: false },
  ensureDatabase: false,
})

const inner = new Router()
inner.get('/:code', async (ctx) => {
  await pool.query(`select '${MARKED.literal}' as a, ${MARKED.number} as b`)
  await Promise.all([pool.query('select $1::text', [MARKED.bound]), pool.query('select $1::text', ['other'])])
  await redis.set(MARKED.key, MARKED.value)
  await orm.em.fork().execute('select ? as a', [MARKED.mikro])
  const client = await pool.connect()
  await client.query('begin')
  await client.query('commit')
  client.release()
  ctx.set('Cache-Status', 'meridian; fwd=uri-miss; stored')
  ctx.body = { ok: true }
})
inner.get('/:code/broken', async (ctx) => {
  await pool.query(`select'${MARKED.glued}'`)
  await pool.query(`select '${MARKED.error}'::integer`).catch(() => {})
  await redis.call('set', MARKED.key, MARKED.value, MARKED.redisError).catch(() => {})
  ctx.body = await orm.em.fork().execute('select ?::integer', [MARKED.mikroError])
})
inner.get('/:code/slow', async (ctx) => {
  await pool.query('select pg_sleep(0.4)')
  ctx.body = 'late'
})
const router = new Router({ prefix: '/v1' })
router.use('/places', inner.routes())

const app = new Koa()
app.silent = true
app.use(async function before(_ctx, next) {
  await next()
})
app.use(router.routes())

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  say('ready', {
    port: typeof address === 'object' ? address?.port : undefined,
    startMs,
    active: telemetry.active,
    profiled: telemetry.profiled,
    exporting: telemetry.exporting,
    unpatched: telemetry.checkPatched(),
  })
})

process.on('SIGTERM', () => void stop())

async function stop(): Promise<void> {
  server.close()
  const asked = performance.now()
  await telemetry.shutdown()
  say('stopped', { ms: performance.now() - asked })
  exit(0)
}
