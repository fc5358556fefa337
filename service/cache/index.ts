/**
 * An HTTP response cache for any Koa app: shared-cache semantics (RFC 9111) with `Cache-Status` (RFC 9211), over
 * memory or Redis. Knows HTTP and stores; nothing of routes, domains or databases.
 */
export { createCache, type Cache, type CacheOptions, type CacheStats } from './cache.ts'
export type { CachedMiddleware } from './cached.ts'
export type { Duration, Policy, QueryPolicy } from './policy.ts'
export { BYPASS_HEADER, type Bypass } from './request-directives.ts'
export { CACHE_CHANNEL, type CacheEvent, type RequestEvent, type StoreEvent, type WriteEvent } from './events.ts'
export type { ForwardReason } from './cache-status.ts'
export { describeKey, type KeyDescription, type KeyParts } from './key.ts'
export { createMemoryStore, type MemoryStoreOptions } from './memory-store.ts'
export { createRedisStore, type RedisStoreOptions } from './redis-store.ts'
export { StoreError, type Store, type StoreErrorCode } from './store.ts'
