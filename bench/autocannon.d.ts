/** The part of autocannon 9 that is used here; it ships no types of its own. */
declare module 'autocannon' {
  import type { EventEmitter } from 'node:events'

  interface Options {
    readonly url: string
    readonly connections: number
    /** Seconds at most. */
    readonly duration: number
    /** Milliseconds between looks at the clock: a run ends at one of them. */
    readonly sampleInt: number
    /** Seconds. */
    readonly timeout: number
    readonly headers: Readonly<Record<string, string>>
    /** Called with each connection, which emits `headers` with those of each response, name and value in turn. */
    readonly setupClient: (client: EventEmitter) => void
  }

  interface Result {
    readonly errors: number
    readonly timeouts: number
    readonly resets: number
  }

  /** Emits `response` with (client, status code, bytes, milliseconds) for each response. */
  interface Instance extends EventEmitter, PromiseLike<Result> {
    stop(): void
  }

  export default function autocannon(options: Options): Instance
}
