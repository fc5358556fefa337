import { createCached, type CachedMiddleware } from './cached.ts'
import type { Engine } from './engine.ts'
import { createEmitter, type CacheEvent } from './events.ts'
import { Health } from './health.ts'
import { checkPolicy, expected, type Policy } from './policy.ts'
import type { Bypass } from './request-directives.ts'
import type { Store } from './store.ts'
import { Writer } from './writer.ts'

/** The parts and settings of a cache. */
export interface CacheOptions {
  /** Where entries live. The cache closes it with itself. */
  readonly store: Store
  /** The cache's name in Cache-Status (RFC 9211 §2). */
  readonly name: string
  /** The namespace of its keys. */
  readonly prefix: string
  /** Whatever must not share entries: a release, a commit, a data set's version. */
  readonly deployment: string
  /** `false`: handlers answer everything, and Cache-Status says so. */
  readonly enabled: boolean
  /** Whose `Cache-Control` request directives are followed. */
  readonly bypass: Bypass
  /** The largest body stored, in bytes. Default 4 MiB. */
  readonly maxEntryBytes?: number | undefined
  /** The clock, epoch milliseconds. Default Date.now. */
  readonly now?: (() => number) | undefined
  /** Called with each event, synchronously; see {@link CacheEvent}. */
  readonly onEvent?: ((event: CacheEvent) => void) | undefined
}

/** Counts since the cache was created. */
export interface CacheStats {
  readonly hits: number
  /** Requests that went to the handler, for whatever reason. */
  readonly forwards: number
  /** Writes that ended well, failed, and were dropped because too many were pending. */
  readonly writes: number
  readonly writesFailed: number
  readonly writesDropped: number
  readonly writesPending: number
  /** Times the store went from working to failing. */
  readonly outages: number
  readonly storeDown: boolean
  /** Events whose listener threw. */
  readonly listenerFaults: number
}

/** An HTTP response cache for Koa: RFC 9111's rules for a shared cache, at a route's handler. */
export interface Cache {
  /**
   * The middleware that caches one route; it goes in front of the handler.
   *
   * @throws TypeError at once, when the policy is wrong
   */
  cached(policy: Policy): CachedMiddleware
  stats(): CacheStats
  /** Waits for pending writes, a second at most, and closes the store. Never rejects. */
  close(): Promise<void>
}

const DEFAULT_MAX_ENTRY_BYTES = 4 * 1024 * 1024
const DRAIN_TIMEOUT_MS = 1_000

/**
 * Puts a cache together. It fails open: whatever is wrong with the store, requests are answered by their handlers.
 *
 * @throws TypeError when an option is wrong
 */
export function createCache(options: CacheOptions): Cache {
  const { store, name, prefix, deployment, enabled, bypass } = options
  const { maxEntryBytes = DEFAULT_MAX_ENTRY_BYTES, now = Date.now, onEvent } = options
  for (const [option, value] of Object.entries({ name, prefix, deployment })) {
    if (typeof value !== 'string' || value === '') throw expected(option, 'a string that is not empty', value)
  }
  if (!['client', 'secret', 'off'].includes(bypass.mode)) {
    throw expected('bypass.mode', "'client', 'secret' or 'off'", bypass.mode)
  }
  if (!Number.isSafeInteger(maxEntryBytes) || maxEntryBytes <= 0) {
    throw expected('maxEntryBytes', 'a positive integer', maxEntryBytes)
  }

  const counts = { hits: 0, forwards: 0, writes: 0, writesFailed: 0, writesDropped: 0, outages: 0, listenerFaults: 0 }
  const publish = createEmitter(onEvent, () => {
    counts.listenerFaults += 1
  })
  const emit = (event: CacheEvent): void => {
    count(counts, event)
    publish(event)
  }
  const health = new Health(store.kind, emit)
  const writer = new Writer({ store, health, emit })
  const settings = { name, prefix, deployment, enabled, bypass: { ...bypass }, maxEntryBytes }
  const engine: Engine = { ...settings, store, health, writer, now, emit }
  return {
    cached: (policy) => createCached(engine, checkPolicy(policy)),
    stats: () => ({ ...counts, writesPending: writer.pending, storeDown: health.isDown }),
    async close() {
      await writer.drain(DRAIN_TIMEOUT_MS)
      await store.close()
    },
  }
}

type Counts = { -readonly [K in Exclude<keyof CacheStats, 'writesPending' | 'storeDown'>]: number }

function count(counts: Counts, event: CacheEvent): void {
  switch (event.type) {
    case 'request':
      if (event.result === 'hit') counts.hits += 1
      else if (event.result !== 'unsatisfied') counts.forwards += 1
      return
    case 'write':
      if (event.result === 'ok') counts.writes += 1
      else if (event.result === 'failed') counts.writesFailed += 1
      else counts.writesDropped += 1
      return
    case 'store-down':
      counts.outages += 1
      return
    case 'store-up':
      return
  }
}
