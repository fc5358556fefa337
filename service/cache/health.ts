import type { StoreEvent } from './events.ts'
import { StoreError, type Store } from './store.ts'

type Fault = 'connection' | 'writing'

/**
 * Whether the store works, as far as its last answers tell, and the one event for each change. A store that reads but
 * refuses writes (full, read-only) stays down until a write succeeds, so that reads in between don't make it flap.
 */
export class Health {
  readonly #kind: Store['kind']
  readonly #emit: (event: StoreEvent) => void
  readonly #faults = new Set<Fault>()

  constructor(kind: Store['kind'], emit: (event: StoreEvent) => void) {
    this.#kind = kind
    this.#emit = emit
  }

  get isDown(): boolean {
    return this.#faults.size > 0
  }

  succeeded(operation: 'read' | 'write'): void {
    if (!this.isDown) return
    this.#faults.delete('connection')
    if (operation === 'write') this.#faults.delete('writing')
    if (!this.isDown) this.#emit({ type: 'store-up', store: this.#kind })
  }

  failed(operation: 'read' | 'write', error: unknown): void {
    const wasDown = this.isDown
    const isRefusal = !(error instanceof StoreError) || error.code === 'refused'
    this.#faults.add(operation === 'write' && isRefusal ? 'writing' : 'connection')
    if (wasDown) return
    const message = error instanceof Error ? error.message : String(error)
    this.#emit({ type: 'store-down', store: this.#kind, operation, error: message })
  }
}
