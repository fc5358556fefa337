import type { Context, Next } from 'koa'
import { appendCacheStatus, formatCacheStatus, type CacheStatus } from './cache-status.ts'
import { lookUp, type Engine, type Found } from './engine.ts'
import { fieldValue } from './headers.ts'

/** One request on its way through: times it, and says at the end what became of it, in a header and an event. */
export class Passage {
  readonly route: string
  readonly #engine: Engine
  readonly #ctx: Context
  readonly #started = performance.now()
  #readMs = 0

  constructor(engine: Engine, ctx: Context, route: string) {
    this.#engine = engine
    this.#ctx = ctx
    this.route = route
  }

  async read(key: string): Promise<Found> {
    const started = performance.now()
    const found = await lookUp(this.#engine, key)
    this.#readMs = performance.now() - started
    return found
  }

  /** Asks the handler. Its errors pass untouched; the header stays for whoever renders them. */
  async forward(next: Next, conclude: (outcome: 'answered' | 'failed') => CacheStatus): Promise<void> {
    try {
      await next()
    } catch (error) {
      this.end(conclude('failed'))
      throw error
    }
    this.end(conclude('answered'))
  }

  end(status: CacheStatus): void {
    const existing = fieldValue(this.#ctx.response.headers, 'cache-status')
    this.#ctx.set('Cache-Status', appendCacheStatus(existing, formatCacheStatus(this.#engine.name, status)))
    this.#engine.emit({
      type: 'request',
      route: this.route,
      result: status.fwd ?? (status.hitTtl === undefined ? 'unsatisfied' : 'hit'),
      stored: status.stored === true,
      ...(status.detail !== undefined && { detail: status.detail }),
      durationMs: performance.now() - this.#started,
      readMs: this.#readMs,
    })
  }
}
