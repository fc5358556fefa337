import type { Context } from 'koa'
import { bodyBytes, weakEtag } from './body.ts'
import type { Engine, Found } from './engine.ts'
import { headersToStore } from './headers.ts'
import type { CheckedPolicy } from './policy.ts'
import { setBody } from './replay.ts'
import type { RequestWish } from './request-directives.ts'
import { freshnessLifetime, mayShare, mayStore, type Exchange } from './storability.ts'

/** A request that the handler has answered, with what was known before. */
export interface Answered {
  readonly engine: Engine
  readonly policy: CheckedPolicy
  readonly ctx: Context
  readonly wish: RequestWish
  readonly route: string
  readonly key: string
  /** What the read came to; undefined when the store wasn't read. */
  readonly found: Found | undefined
  /** The response's header fields before the handler ran. */
  readonly before: Context['response']['headers']
}

/**
 * Gives a response that others may have its validator and lifetime, and stores it where the rules allow. Returns
 * `'stored'`, or why not: a token for Cache-Status.
 */
export function conclude({ engine, policy, ctx, wish, route, key, found, before }: Answered): string {
  if (ctx.respond === false || ctx.headerSent) return 'not-koa' // the handler has answered by itself
  const exchange = exchangeOf(ctx, wish)
  const shareable = mayShare(exchange)
  if (shareable !== 'yes') return shareable

  const now = engine.now()
  const lifetimeMs = freshnessLifetime(exchange.responseHeaders, policy.ttlMs, now)
  if (!ctx.response.get('Cache-Control')) {
    ctx.set('Cache-Control', `public, max-age=${Math.floor(lifetimeMs / 1_000)}`)
  }
  const body = bodyBytes(ctx.body)
  if (body === undefined) return 'body'
  setBody(ctx, body) // the same bytes to this client and to the store, serialised once
  if (!ctx.response.get('ETag')) ctx.set('ETag', weakEtag(body))

  const verdict = mayStore(exchange)
  if (verdict !== 'yes') return verdict
  if (lifetimeMs < 1) return 'not-fresh'
  if (body.length > engine.maxEntryBytes) return 'size'
  // An answer nobody received may be half an answer: handlers are free to stop early when the client is gone.
  if (ctx.res.destroyed || !ctx.writable) return 'aborted'
  // The read has just failed; a write would only wait for the same.
  if (found?.is === 'error') return 'store-error'

  const headers = headersToStore(before, ctx.response.headers)
  const etag = ctx.response.get('ETag')
  const entry = { status: ctx.status, headers, etag, storedAt: now, freshUntil: now + lifetimeMs, body }
  const taken = engine.writer.offer({ key, entry, ttlMs: lifetimeMs, route })
  return taken === 'handed' ? 'stored' : taken
}

function exchangeOf(ctx: Context, wish: RequestWish): Exchange {
  return {
    method: ctx.method,
    hasAuthorization: ctx.get('Authorization') !== '',
    requestNoStore: wish.noStore,
    status: ctx.status,
    responseHeaders: ctx.response.headers,
  }
}
