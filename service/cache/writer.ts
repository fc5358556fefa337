import { encodeEntry, type Entry } from './entry.ts'
import type { WriteEvent } from './events.ts'
import type { Health } from './health.ts'
import type { Store } from './store.ts'

export interface WriterOptions {
  readonly store: Store
  readonly health: Health
  readonly emit: (event: WriteEvent) => void
  /** Most writes under way at a time. Default 256. */
  readonly maxPending?: number
  /** … and most bytes in them. Default 64 MiB. */
  readonly maxPendingBytes?: number
}

/** One entry to write. */
export interface Write {
  readonly key: string
  readonly entry: Entry
  /** Milliseconds the store keeps it. */
  readonly ttlMs: number
  readonly route: string
}

/** Writes entries behind the responses, so many at a time and no more: what exceeds that is dropped, and counted. */
export class Writer {
  readonly #options: Required<WriterOptions>
  readonly #pending = new Set<Promise<void>>()
  #pendingBytes = 0

  constructor(options: WriterOptions) {
    this.#options = { maxPending: 256, maxPendingBytes: 64 * 1024 * 1024, ...options }
  }

  get pending(): number {
    return this.#pending.size
  }

  /** Begins a write. `handed`: to a store not known to fail, so that the response may be called stored. */
  offer(write: Write): 'handed' | 'store-error' | 'busy' {
    const { health, emit, maxPending, maxPendingBytes } = this.#options
    const { isDown } = health
    // A store known to fail gets one write at a time, to learn of its recovery; no entry is promised on it.
    if (isDown && this.#pending.size > 0) return 'store-error'
    const bytes = write.entry.body.length
    if (this.#pending.size >= maxPending || this.#pendingBytes + bytes > maxPendingBytes) {
      emit({ type: 'write', route: write.route, result: 'dropped', bytes, durationMs: 0 })
      return 'busy'
    }
    this.#pendingBytes += bytes
    const done = this.#write(write).finally(() => {
      this.#pendingBytes -= bytes
      this.#pending.delete(done)
    })
    this.#pending.add(done)
    return isDown ? 'store-error' : 'handed'
  }

  /** Resolves when the writes under way have ended, or after `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    await Promise.race([Promise.all(this.#pending), timeout])
    clearTimeout(timer)
  }

  /** Never rejects. */
  async #write({ key, entry, ttlMs, route }: Write): Promise<void> {
    const { store, health, emit } = this.#options
    const started = performance.now()
    const frame = encodeEntry(entry)
    try {
      await store.set(key, frame, ttlMs)
      health.succeeded('write')
      emit({ type: 'write', route, result: 'ok', bytes: frame.length, durationMs: performance.now() - started })
    } catch (error) {
      health.failed('write', error)
      emit({ type: 'write', route, result: 'failed', bytes: frame.length, durationMs: performance.now() - started })
    }
  }
}
