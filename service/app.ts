import Router from '@koa/router'
import type { MikroORM } from '@mikro-orm/postgresql'
import Koa, { type Middleware } from 'koa'
import compress from 'koa-compress'
import conditionalGet from 'koa-conditional-get'
import etag from 'koa-etag'
import { aboutRouter } from './about.ts'
import type { BuildInfo } from './build-info.ts'
import { cachePolicies } from './cache-policies.ts'
import type { Cache, QueryPolicy } from './cache/index.ts'
import { isDatabaseUnavailable } from './database-errors.ts'
import {
  guardEncoding,
  guardTarget,
  healthRouter,
  logRequests,
  Problem,
  problemsRouter,
  renderProblems,
  type HealthCheck,
  type RequestLine,
} from './http/index.ts'
import { placesRouter } from './places/index.ts'

export interface AppOptions {
  readonly orm: MikroORM
  readonly cache: Cache
  readonly build: BuildInfo
  readonly checks: Readonly<Record<string, HealthCheck>>
  readonly isStopping: () => boolean
  /** Set where nothing else logs requests. */
  readonly onRequest?: ((line: RequestLine) => void) | undefined
  /** Told of each failure that no client caused. */
  readonly onError: (error: unknown) => void
}

/** The request path, outermost first. What measurement says of the order: docs/decisions/0004-request-path.md. */
export function createApp({ orm, cache, build, checks, isStopping, onRequest, onError }: AppOptions): Koa {
  const app = new Koa()
  // Koa's own words go to stderr with a stack; what reaches it has been logged by renderProblems(), or is a socket's end.
  app.silent = true

  if (onRequest) app.use(logRequests(onRequest))
  app.use(renderProblems({ translate: translateError, onError }))
  app.use(guardTarget())
  app.use(guardEncoding())
  app.use(compress())
  app.use(conditionalGet())
  app.use(etag({ weak: true }))
  app.use(explicitCacheControl())

  const router = new Router({ sensitive: true, strict: true })
  const parts = [
    aboutRouter({ cache, build }),
    healthRouter({ checks, isStopping }),
    problemsRouter(),
    placesRouter({ orm, cached: (path, query) => cachedByPolicy(cache, path, query) }),
  ]
  for (const part of parts) router.use(part.routes())
  app.use(router.routes())
  app.use(router.allowedMethods())
  return app
}

/** What no policy and no handler decided on may be stored, and is asked for again each time. */
function explicitCacheControl(): Middleware {
  return async function cacheControl(ctx, next) {
    await next()
    // Koa 3 gives undefined for a missing field, whatever its types say.
    if (!ctx.response.get('Cache-Control')) ctx.set('Cache-Control', 'no-cache')
  }
}

/** The cache in front of a route, as its policy says; no policy means that nothing may store the answer. */
function cachedByPolicy(cache: Cache, path: keyof typeof cachePolicies, query: QueryPolicy): Middleware {
  const policy = cachePolicies[path]
  if (policy !== null) return cache.cached({ ...policy, route: path, query })
  return async function neverStored(ctx, next) {
    ctx.set('Cache-Control', 'no-store')
    await next()
  }
}

/** What a driver throws while the database is away is no fault of the service's: the client may try again. */
function translateError(error: unknown): Problem | undefined {
  if (!isDatabaseUnavailable(error)) return undefined
  return new Problem('database-unavailable', {
    detail: 'Expected the database to answer, and it did not: try again in a moment',
    headers: { 'Retry-After': '5' },
    cause: error,
  })
}
