import { setTimeout as sleep } from 'node:timers/promises'
import { whenAborted } from './aborted.ts'
import type { EmbeddedServer } from './embedded-server.ts'

/** A server from its start to its end. One that is started again has another life at the same address. */
export interface Life {
  /** Another process's. */
  readonly shared: boolean
  /** Resolves when the server is gone, with what befell it: "has ended by itself: …". */
  readonly over: Promise<string>
  /** Ends the server if it is this process's; otherwise just looks at it no more. */
  end(): Promise<void>
}

export interface KeptServerOptions {
  /** As notices call it: "embedded PostgreSQL". */
  readonly name: string
  readonly url: string
  readonly life: Life
  /** Another life at the same address. Rejects when there is none, and then soon, when the signal aborts. */
  readonly again: (signal: AbortSignal) => Promise<Life>
  readonly onNotice: (message: string) => void
  /** Milliseconds before each attempt to start it again; as many attempts as there are pauses. */
  readonly pauses?: readonly number[]
}

/** The first at once, since most ends are one of a kind; then ever later: what fails five times in 8 s will not mend itself. */
const defaultPauses = [0, 500, 1_000, 2_000, 4_000] as const

/** A server that ran this long was sound: its end is not one more in a row of failures. */
const soundAfter = 30_000

/**
 * A server that is started again when it goes without having been told to, so that its URL stays true. Whether this process
 * or another one runs it may change with every life.
 */
export class KeptServer implements EmbeddedServer {
  readonly url: string
  readonly #options: KeptServerOptions
  readonly #pauses: readonly number[]
  readonly #stopping = new AbortController()
  readonly #kept: Promise<void>
  #life: Life
  #attempts = 0
  #stopped: Promise<void> | undefined

  constructor(options: KeptServerOptions) {
    this.url = options.url
    this.#options = options
    this.#pauses = options.pauses ?? defaultPauses
    this.#life = options.life
    this.#kept = this.#keep()
  }

  get shared(): boolean {
    return this.#life.shared
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop())
  }

  async #stop(): Promise<void> {
    this.#stopping.abort()
    await this.#kept
    await this.#life.end()
  }

  async #keep(): Promise<void> {
    const { name, onNotice } = this.#options
    const { signal } = this.#stopping
    const aborted = whenAborted(signal)
    for (;;) {
      const bornAt = performance.now()
      const end = await Promise.race([this.#life.over, aborted])
      if (end === undefined) return
      if (performance.now() - bornAt >= soundAfter) this.#attempts = 0
      onNotice(`The ${name} ${end}; starting it again`)
      const next = await this.#again(signal)
      if (!next) return
      this.#life = next
    }
  }

  /** Undefined when told to stop, or when nothing helped. */
  async #again(signal: AbortSignal): Promise<Life | undefined> {
    const { name, url, again, onNotice } = this.#options
    const { host } = new URL(url)
    for (let pause = this.#pauses[this.#attempts]; pause !== undefined; pause = this.#pauses[this.#attempts]) {
      this.#attempts += 1
      // Not referenced: a process that has nothing else to do need not wait for it.
      await sleep(pause, undefined, { signal, ref: false }).catch(() => {})
      if (signal.aborted) return undefined
      try {
        const life = await again(signal)
        if (!signal.aborted) onNotice(`The ${name} is back at ${host}`)
        return life
      } catch (error) {
        if (signal.aborted) return undefined
        onNotice(`${(error as Error).message} (attempt ${this.#attempts} of ${this.#pauses.length})`)
      }
    }
    onNotice(
      `The ${name} can't be brought back: it was tried ${this.#pauses.length} times in a row, and nothing will answer at ` +
        `${host} until Meridian is started again`,
    )
    return undefined
  }
}
