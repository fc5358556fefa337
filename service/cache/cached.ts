import type { Context, Next } from 'koa'
import type { CacheStatus } from './cache-status.ts'
import { conclude } from './conclude.ts'
import type { Engine, Found } from './engine.ts'
import { describeKey } from './key.ts'
import { Passage } from './passage.ts'
import type { CheckedPolicy } from './policy.ts'
import { canonicalQuery } from './query.ts'
import { replay } from './replay.ts'
import { BYPASS_HEADER, whatRequestAsks } from './request-directives.ts'
import { mayReuse, ttlSeconds } from './reuse.ts'

/** The Koa middleware that caches one route. */
export type CachedMiddleware = (ctx: Context, next: Next) => Promise<void>

/**
 * A request's life: may it be cached at all → what does it ask for → read the store → answer from it, or let the
 * handler answer and store that. Cache-Status says which, on every response that passes, errors included.
 */
export function createCached(engine: Engine, policy: CheckedPolicy): CachedMiddleware {
  return async function cached(ctx, next) {
    const route = policy.route ?? matchedRoute(ctx)
    const passage = new Passage(engine, ctx, route)

    if (!engine.enabled || !policy.enabled) {
      return passage.forward(next, () => ({ fwd: 'bypass', detail: 'disabled' }))
    }
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return passage.forward(next, () => ({ fwd: 'method' }))
    const query = canonicalQuery(ctx, policy.query)
    if (typeof query === 'string') return passage.forward(next, () => ({ fwd: 'bypass', detail: query }))

    const { prefix, deployment } = engine
    const { key } = describeKey({ prefix, deployment, route, path: ctx.path, query })
    const wish = whatRequestAsks(requestFields(ctx), engine.bypass)
    const found = wish.noStore || wish.noCache ? undefined : await passage.read(key)

    const now = engine.now()
    const reusable = found?.is === 'entry' ? mayReuse(found.entry, wish, now) : undefined
    if (found?.is === 'entry' && reusable === 'yes') {
      replay(ctx, found.entry, now)
      return passage.end({ hitTtl: ttlSeconds(found.entry, now) })
    }
    if (wish.onlyIfCached) {
      passage.end({ detail: 'only-if-cached' })
      // RFC 9111 §5.2.1.7. Exposed: the client asked for it, so it is no fault to log.
      ctx.throw(504, 'No stored response satisfies the request', { expose: true })
    }

    const why = reusable === 'stale' ? ({ fwd: 'stale' } as const) : whyForward(found)
    const before = ctx.response.headers
    return passage.forward(next, (outcome) => {
      if (outcome === 'failed') return { detail: 'handler-error', ...why }
      const ending = conclude({ engine, policy, ctx, wish, route, key, found, before })
      return ending === 'stored' ? { ...why, stored: true } : { detail: ending, ...why }
    })
  }
}

/** RFC 9211 §2.2, from what the read came to: unread, or an entry that is fresh, went unused because of the request. */
function whyForward(found: Found | undefined): CacheStatus {
  if (found?.is === 'nothing') return { fwd: 'uri-miss' }
  if (found?.is === 'invalid') return { fwd: 'miss', detail: 'invalid-entry' }
  if (found?.is === 'error') return { fwd: 'miss', detail: 'store-error' }
  return { fwd: 'request' }
}

function requestFields(ctx: Context) {
  return {
    cacheControl: ctx.get('Cache-Control'),
    pragma: ctx.get('Pragma'),
    bypassSecret: ctx.get(BYPASS_HEADER),
  }
}

/** What @koa/router matched; outside of a router the whole mount is one route, told apart by path. */
function matchedRoute(ctx: Context): string {
  const matched: unknown = ctx['routerPath'] ?? ctx['_matchedRoute']
  if (matched instanceof RegExp) return matched.source
  return typeof matched === 'string' && matched !== '' ? matched : '(unrouted)'
}
