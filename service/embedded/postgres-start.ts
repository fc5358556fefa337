import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { EmbeddedServerError, redact } from './errors.ts'
import type { Life } from './kept-server.ts'
import type { Binaries } from './postgres-binaries.ts'
import { readiness } from './postgres-connection.ts'
import { ownLife, sharedLife } from './postgres-life.ts'
import { attempt, signal } from './postgres-server.ts'
import { discardLock, holderOf, lastPort, type Holder } from './postmaster.ts'
import { wayOut } from './server-log.ts'

export interface StartOptions {
  readonly cluster: Cluster
  readonly binaries: Binaries
  readonly settings: Readonly<Record<string, string>>
  readonly onNotice: (message: string) => void
  readonly freePort: () => Promise<number>
  /** Ends the start, with a rejection. */
  readonly aborted: AbortSignal
  /** What a server that is started again had: the only port that will do, and the process that is not to be shared. */
  readonly former?: Pick<Started, 'port' | 'pid'>
}

export interface Started {
  readonly life: Life
  readonly port: number
  readonly pid: number
}

type Service = Extract<Holder, { kind: 'service' }>

const patience = 30_000

/** One start: looks who holds the data directory, and does what that calls for, until there is a server or time is up. */
export class Start {
  readonly #cluster: Cluster
  readonly #options: StartOptions
  readonly #deadline = Date.now() + patience
  #unreadableSince: number | undefined
  #lastPortIsTaken = false
  #misses = 0
  #reason = 'it was not ready in time'

  constructor(options: StartOptions) {
    this.#cluster = options.cluster
    this.#options = options
  }

  async run(): Promise<Started> {
    while (Date.now() < this.#deadline) {
      this.#options.aborted.throwIfAborted()
      const started = await this.#step(holderOf(this.#cluster.data))
      if (started) return started
    }
    throw this.#failure(this.#reason)
  }

  async #step(holder: Holder): Promise<Started | undefined> {
    switch (holder.kind) {
      case 'nobody':
        return this.#startOwn()
      case 'service':
        return holder.owned && holder.pid !== this.#options.former?.pid
          ? this.#share(holder)
          : this.#outlive(holder.pid)
      case 'stale':
        discardLock(this.#cluster.data, holder.lock)
        await sleep(20)
        return undefined
      case 'unreadable':
        return this.#waitToRead(holder.lock)
      case 'foreign':
        throw new EmbeddedServerError(
          `The data directory ${this.#cluster.data} is in use by a PostgreSQL (process ${holder.pid}) that Meridian did not ` +
            `start: stop it (kill -INT ${holder.pid}), or set DATABASE_URL to use it`,
        )
      default:
        return holder satisfies never
    }
  }

  async #startOwn(): Promise<Started | undefined> {
    const { binaries, settings, aborted } = this.#options
    const { data } = this.#cluster
    const port = await this.#port()
    const result = await attempt({
      cluster: this.#cluster,
      binaries,
      settings,
      port,
      deadline: this.#deadline,
      aborted,
    })
    if (result.kind === 'running') return { life: ownLife(result.server, data), port, pid: result.pid }
    if (result.kind === 'failed') throw this.#failure(result.reason)
    if (result.portIsTaken) this.#missPort(port)
    this.#reason = result.reason
    // What is in the way is mostly gone in no time; if not, it isn't worth a server ended every few milliseconds.
    await sleep(Math.min(20 * 2 ** this.#misses, 500))
    this.#misses += 1
    return undefined
  }

  /**
   * The port of last time, where it is free: between an owner's end and the sharers' taking over, a start of somebody else may
   * come, and those who hold the URL find its server too.
   */
  async #port(): Promise<number> {
    const { former, freePort } = this.#options
    const wanted = former?.port ?? (this.#lastPortIsTaken ? undefined : lastPort(this.#cluster.data))
    return wanted ?? freePort()
  }

  #missPort(port: number): void {
    this.#lastPortIsTaken = true
    if (this.#options.former) {
      throw new EmbeddedServerError(
        `The embedded PostgreSQL could not start again at 127.0.0.1:${port}, since another program has taken that port: end ` +
          `that program, or start Meridian again to have another port`,
      )
    }
  }

  async #share({ pid, port, owner, ready }: Service): Promise<Started | undefined> {
    const { former, onNotice } = this.#options
    const [ownerPid] = owner.split('-')
    if (former && former.port !== port) {
      throw new EmbeddedServerError(
        `The embedded PostgreSQL could not start again at 127.0.0.1:${former.port}, since process ${ownerPid} runs it at port ` +
          `${port}: start Meridian again to share that`,
      )
    }
    const found = ready ? await readiness(port, this.#cluster.password) : 'not yet'
    if (found === 'denied') throw this.#failure('the running server does not accept the password beside it')
    if (found === 'ready') {
      onNotice(
        `The embedded PostgreSQL of ${this.#cluster.home} is shared with process ${ownerPid}; when it goes with that, it is ` +
          `taken over`,
      )
      return { life: sharedLife(pid, owner), port, pid }
    }
    this.#reason = 'the server of another Meridian process was neither ready nor gone in time'
    await sleep(20)
    return undefined
  }

  /**
   * Its owner is dead, so it has had its signal; or it is the former server of this process, whose shell is dead. Should the
   * watcher have been killed too, it gets the signal from here.
   */
  async #outlive(pid: number): Promise<undefined> {
    this.#options.onNotice(`Waiting for the PostgreSQL of an earlier run (process ${pid}) to stop`)
    if (await this.#gone(pid, 2_000)) return undefined
    signal(pid, 'SIGINT')
    if (await this.#gone(pid, 10_000)) return undefined
    signal(pid, 'SIGQUIT')
    if (await this.#gone(pid, 5_000)) return undefined
    throw new EmbeddedServerError(
      `The PostgreSQL of an earlier run (process ${pid}) still holds ${this.#cluster.data} and does not stop: end that process ` +
        `and start again`,
    )
  }

  async #gone(pid: number, milliseconds: number): Promise<boolean> {
    const until = Date.now() + milliseconds
    while (Date.now() < until) {
      this.#options.aborted.throwIfAborted()
      const holder = holderOf(this.#cluster.data)
      if (holder.kind !== 'service' || holder.pid !== pid) return true
      await sleep(20)
    }
    return false
  }

  /** PostgreSQL makes its lock file empty and then fills it; one that stays so is a crash's. */
  async #waitToRead(lock: string): Promise<undefined> {
    this.#unreadableSince ??= Date.now()
    if (Date.now() - this.#unreadableSince > 1_000) discardLock(this.#cluster.data, lock)
    await sleep(20)
    return undefined
  }

  #failure(reason: string): EmbeddedServerError {
    return startFailure(redact(reason, this.#cluster.password), this.#cluster.home)
  }
}

export function startFailure(reason: string, home: string, cause?: unknown): EmbeddedServerError {
  return new EmbeddedServerError(
    `The embedded PostgreSQL could not start: ${reason}; its data directory is ${home}: ${wayOut(reason, home)}`,
    { cause },
  )
}
