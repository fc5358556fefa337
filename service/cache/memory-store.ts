import { LRUCache } from 'lru-cache'
import type { Store } from './store.ts'

export interface MemoryStoreOptions {
  /** Upper bound of keys and values together, in bytes. */
  readonly maxBytes: number
}

/**
 * An in-process store, least recently used out first. For one process, tests, and machines without Redis.
 *
 * @throws TypeError when `maxBytes` is not a positive integer
 */
export function createMemoryStore({ maxBytes }: MemoryStoreOptions): Store {
  if (!Number.isSafeInteger(maxBytes) || maxBytes <= 0) {
    throw new TypeError(`Expected \`maxBytes\` to be a positive integer, got \`${maxBytes}\``)
  }
  // An entry larger than maxSize is refused by lru-cache itself, so the bound holds whatever is offered.
  const entries = new LRUCache<string, Buffer>({
    maxSize: maxBytes,
    sizeCalculation: (value, key) => value.length + Buffer.byteLength(key),
  })
  return {
    kind: 'memory',
    async get(key) {
      return entries.get(key)
    },
    async set(key, value, ttlMs) {
      entries.set(key, value, { ttl: ttlMs })
    },
    async delete(key) {
      entries.delete(key)
    },
    async clear() {
      const count = entries.size
      entries.clear()
      return count
    },
    async ping() {},
    async close() {
      entries.clear()
    },
  }
}
