import type { CacheEvent } from './events.ts'
import { decodeEntry, type Entry } from './entry.ts'
import type { Health } from './health.ts'
import type { Bypass } from './request-directives.ts'
import type { Store } from './store.ts'
import type { Writer } from './writer.ts'

/** What the middleware of all routes share: the parts of one cache, put together by `createCache`. */
export interface Engine {
  readonly name: string
  readonly prefix: string
  readonly deployment: string
  readonly enabled: boolean
  readonly bypass: Bypass
  readonly maxEntryBytes: number
  readonly store: Store
  readonly health: Health
  readonly writer: Writer
  readonly now: () => number
  readonly emit: (event: CacheEvent) => void
}

/** What reading the store came to. */
export type Found = { readonly is: 'entry'; readonly entry: Entry } | { readonly is: 'nothing' | 'invalid' | 'error' }

/** Reads one entry. A store that fails and bytes that are no entry are misses, never exceptions. */
export async function lookUp({ store, health }: Engine, key: string): Promise<Found> {
  try {
    const frame = await store.get(key)
    health.succeeded('read')
    if (frame === undefined) return { is: 'nothing' }
    const entry = decodeEntry(frame)
    return entry === undefined ? { is: 'invalid' } : { is: 'entry', entry }
  } catch (error) {
    health.failed('read', error)
    return { is: 'error' }
  }
}
