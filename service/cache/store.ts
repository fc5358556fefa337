/**
 * Where entries live. Small on purpose: the cache decides, a store only keeps bytes.
 *
 * Each promise settles within a bound of the store's own (the cache sets no second timer), and rejects with a
 * {@link StoreError} when the store could not be asked. A message never carries a secret. Buffers are shared, not
 * copied: neither side changes one after handing it over.
 */
export interface Store {
  readonly kind: 'memory' | 'redis'
  /** The bytes under `key`, or undefined when there are none or their time is over. */
  get(key: string): Promise<Buffer | undefined>
  /** Keeps `value` for `ttlMs` milliseconds (a positive integer), replacing what was there. */
  set(key: string, value: Buffer, ttlMs: number): Promise<void>
  delete(key: string): Promise<void>
  /** Removes every entry of this store's prefix, and nothing else. Resolves to the number removed. */
  clear(): Promise<number>
  /** Resolves when the store answers; for readiness checks. */
  ping(): Promise<void>
  /** Lets go of connections and timers. Bounded, and never rejects. */
  close(): Promise<void>
}

/** `timeout`: asked, no answer in time; `unavailable`: no connection to ask over; `refused`: it answered with an error. */
export type StoreErrorCode = 'timeout' | 'unavailable' | 'refused'

/** Why a store could not do what it was asked to. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
