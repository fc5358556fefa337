import type { Middleware } from 'koa'
import compress from 'koa-compress'
import conditionalGet from 'koa-conditional-get'
import etag from 'koa-etag'
import { createCache, createMemoryStore } from '../service/cache/index.ts'

type Part = 'compress' | 'conditional' | 'etag' | 'cache'

/** The orders compared, outermost first. The design's stands in twice: what its two rows differ by is the noise. */
export const orders = {
  design: ['compress', 'conditional', 'etag', 'cache'],
  'design, again': ['compress', 'conditional', 'etag', 'cache'],
  'conditional inside etag': ['compress', 'etag', 'conditional', 'cache'],
  'etag outside compress': ['etag', 'compress', 'conditional', 'cache'],
  'conditional outside compress': ['conditional', 'compress', 'etag', 'cache'],
  'cache outside conditional and etag': ['compress', 'cache', 'conditional', 'etag'],
  'cache outermost': ['cache', 'compress', 'conditional', 'etag'],
} as const satisfies Record<string, readonly Part[]>

export type OrderName = keyof typeof orders

/** Counted while requests pass. */
export interface Observations {
  /** Times the compressor was started for what left as a 304. */
  compressedInVain: number
}

/** The middlewares of an order as the service sets them up, and the cache over memory for paths below /cached. */
export function middlewaresOf(order: OrderName, observations: Observations): Middleware[] {
  const cache = createCache({
    store: createMemoryStore({ maxBytes: 16_000_000 }),
    name: 'meridian',
    prefix: 'bench',
    deployment: 'bench',
    enabled: true,
    bypass: { mode: 'client' },
  })
  const cached = cache.cached({ ttl: '1h', route: '/cached' })
  const parts: Readonly<Record<Part, () => Middleware[]>> = {
    compress: () => [watchCompression(observations), compress()],
    conditional: () => [conditionalGet()],
    etag: () => [etag({ weak: true })],
    cache: () => [(ctx, next) => (ctx.path === '/cached' ? cached(ctx, next) : next())],
  }
  return orders[order].flatMap((part) => parts[part]())
}

/** Stands just outside compress, where its work shows: the encoding is set, whatever becomes of the body further out. */
function watchCompression(observations: Observations): Middleware {
  return async function watched(ctx, next) {
    await next()
    if (!ctx.response.get('Content-Encoding')) return
    ctx.res.once('close', () => {
      if (ctx.res.statusCode === 304) observations.compressedInVain += 1
    })
  }
}
