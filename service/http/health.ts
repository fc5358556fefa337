import Router from '@koa/router'

export interface HealthCheck {
  /** False where the service answers without it, only slower. */
  readonly required: boolean
  /** Resolves with a word on the state, rejects when it can't be reached. */
  readonly check: () => Promise<string>
}

export interface HealthOptions {
  readonly checks: Readonly<Record<string, HealthCheck>>
  /** True from the moment that the service has been told to stop. */
  readonly isStopping: () => boolean
}

/** Milliseconds after which a dependency that says nothing counts as down. */
const patience = 1_000

/**
 * `/livez`: the process answers. `/readyz`: it can answer requests, and isn't stopping. `/health`: how each thing that
 * it depends on is. Never cached: a cached "ok" hides an outage.
 */
export function healthRouter({ checks, isStopping }: HealthOptions): Router {
  const router = new Router()

  router.get('/livez', (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { status: 'ok' }
  })

  router.get(['/readyz', '/health'], async (ctx) => {
    const results = await Promise.all(Object.entries(checks).map(([name, check]) => examine(name, check)))
    const failed = results.some(({ required, status }) => required && status === 'down')
    const degraded = results.some(({ status }) => status === 'down')
    const unavailable = failed || isStopping()
    ctx.set('Cache-Control', 'no-store')
    ctx.status = unavailable ? 503 : 200
    if (unavailable) ctx.set('Retry-After', '5')
    ctx.body = {
      status: isStopping() ? 'stopping' : failed ? 'down' : degraded ? 'degraded' : 'ok',
      checks: Object.fromEntries(results.map(({ name, ...result }) => [name, result])),
    }
  })

  return router
}

async function examine(name: string, { required, check }: HealthCheck) {
  const started = performance.now()
  const timeout = Promise.withResolvers<never>()
  const timer = setTimeout(() => timeout.reject(new Error(`no answer within ${patience} ms`)), patience)
  try {
    const detail = await Promise.race([check(), timeout.promise])
    return { name, required, status: 'ok', detail, durationMs: since(started) }
  } catch {
    // The reason may name hosts and users; it's in the log.
    return { name, required, status: 'down', durationMs: since(started) }
  } finally {
    clearTimeout(timer)
  }
}

function since(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10
}
