import { channel } from 'node:diagnostics_channel'
import type { ForwardReason } from './cache-status.ts'
import type { Store } from './store.ts'

/**
 * What the cache reports, to `onEvent` and on the diagnostics channel `meridian:cache`. Routes are templates, and no
 * event carries a key, a path, a query or a secret: events become metrics and logs. Durations are milliseconds.
 */
export type CacheEvent = RequestEvent | WriteEvent | StoreEvent

/** One request passed the cache. */
export interface RequestEvent {
  readonly type: 'request'
  readonly route: string
  /** `hit`, the reason it went forward, or `unsatisfied` for a 504 to `only-if-cached`. */
  readonly result: 'hit' | 'unsatisfied' | ForwardReason
  /** Handed to a healthy store. */
  readonly stored: boolean
  readonly detail?: string
  /** From entering the cache to leaving it, the handler included. */
  readonly durationMs: number
  /** The part of it spent reading the store; 0 when it wasn't read. */
  readonly readMs: number
}

/** A write ended, or was not begun because too many were pending. */
export interface WriteEvent {
  readonly type: 'write'
  readonly route: string
  readonly result: 'ok' | 'failed' | 'dropped'
  readonly bytes: number
  readonly durationMs: number
}

/** The store stopped or began to work again. Sent on a change only. */
export interface StoreEvent {
  readonly type: 'store-down' | 'store-up'
  readonly store: Store['kind']
  /** With `store-down`: what failed, and the store's message. */
  readonly operation?: 'read' | 'write'
  readonly error?: string
}

export const CACHE_CHANNEL = 'meridian:cache'

/** A function that hands an event to `onEvent` and the channel. A listener that throws is counted, never felt. */
export function createEmitter(onEvent: ((event: CacheEvent) => void) | undefined, onFault: () => void) {
  const diagnostics = channel(CACHE_CHANNEL)
  return function emit(event: CacheEvent): void {
    if (diagnostics.hasSubscribers) diagnostics.publish(event)
    try {
      onEvent?.(event)
    } catch {
      onFault()
    }
  }
}
