import { setTimeout as sleep } from 'node:timers/promises'
import { openCluster, roleName, type Cluster } from './cluster.ts'
import { EmbeddedServerError, redact } from './errors.ts'
import type { EmbeddedServer } from './embedded-server.ts'
import type { Lifeline } from './lifeline.ts'
import { freePort } from './free-port.ts'
import { findPlace, homeOf, stateDir, type PlaceOptions } from './place.ts'
import { installedBinaries, runnableBinaries, type Binaries } from './postgres-binaries.ts'
import { readiness } from './postgres-connection.ts'
import { attempt, signal, stopServer } from './postgres-server.ts'
import { discardLock, holderOf, type Holder } from './postmaster.ts'
import { failureIn, wayOut } from './server-log.ts'

export interface PostgresOptions extends PlaceOptions {
  /** Told what a developer may want to know: a shared server, another folder, a wait. */
  readonly onNotice?: (message: string) => void
  /** PostgreSQL settings, as with `-c`. Where it listens and how it logs can't be changed. */
  readonly settings?: Readonly<Record<string, string>>
}

/** What tests put in other places. */
export interface Installation {
  readonly binaries: () => Binaries
  readonly stateDir: string
  readonly freePort: () => Promise<number>
}

const installed: Installation = { binaries: installedBinaries, stateDir, freePort }

const patience = 30_000

/**
 * Starts the PostgreSQL that Meridian brings along, on a free port of 127.0.0.1, and makes its cluster the first time. It stops
 * when this process ends, however it ends. Where another Meridian process already runs the server of this data directory,
 * that one is shared: it stays the other's, and goes with it.
 *
 * @throws {EmbeddedServerError} when there is no server after 30 s; nothing is left running, nothing is deleted.
 */
export async function startPostgres(
  options: PostgresOptions,
  elsewhere: Partial<Installation> = {},
): Promise<EmbeddedServer> {
  const { onNotice = () => {}, settings = {} } = options
  const { binaries, stateDir, freePort } = { ...installed, ...elsewhere }
  const found = binaries()
  const place = findPlace(options, stateDir)
  if (place.insteadOf) {
    onNotice(`The database is kept in ${place.folder}: user ${place.user?.name} can't enter ${place.insteadOf}`)
  }
  try {
    const runnable = runnableBinaries(found, place.user, stateDir)
    const cluster = await openCluster(place, runnable)
    return await new Start({ cluster, binaries: runnable, settings, onNotice, freePort }).run()
  } catch (error) {
    if (error instanceof EmbeddedServerError) throw error
    throw failure((error as Error).message, homeOf(place.folder), error)
  }
}

interface StartOptions {
  readonly cluster: Cluster
  readonly binaries: Binaries
  readonly settings: Readonly<Record<string, string>>
  readonly onNotice: (message: string) => void
  readonly freePort: () => Promise<number>
}

/** One start: looks who holds the data directory, and does what that calls for, until there is a server or time is up. */
class Start {
  readonly #cluster: Cluster
  readonly #options: StartOptions
  readonly #deadline = Date.now() + patience
  #unreadableSince: number | undefined
  #reason = 'it was not ready in time'

  constructor(options: StartOptions) {
    this.#cluster = options.cluster
    this.#options = options
  }

  async run(): Promise<EmbeddedServer> {
    while (Date.now() < this.#deadline) {
      const server = await this.#step(holderOf(this.#cluster.data))
      if (server) return server
    }
    throw this.#failure(this.#reason)
  }

  async #step(holder: Holder): Promise<EmbeddedServer | undefined> {
    switch (holder.kind) {
      case 'nobody':
        return this.#startOwn()
      case 'service':
        return holder.owned ? this.#share(holder.port, holder.owner) : this.#outlive(holder.pid)
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

  async #startOwn(): Promise<EmbeddedServer | undefined> {
    const { data } = this.#cluster
    const { binaries, settings, freePort } = this.#options
    const port = await freePort()
    const result = await attempt({ cluster: this.#cluster, binaries, settings, port, deadline: this.#deadline })
    if (result.kind === 'running') return this.#own(result.server, port, data)
    if (result.kind === 'failed') throw this.#failure(result.reason)
    this.#reason = result.reason
    await sleep(20)
    return undefined
  }

  #own(server: Lifeline, port: number, data: string): EmbeddedServer {
    let stopping: Promise<void> | undefined
    void server.exited.then(() => {
      if (!stopping)
        this.#options.onNotice(`The embedded PostgreSQL has ended by itself: ${failureIn(server.output())}`)
    })
    return { url: this.#url(port), shared: false, stop: () => (stopping ??= stopServer(server, data)) }
  }

  async #share(port: number, owner: string): Promise<EmbeddedServer | undefined> {
    const found = await readiness(port, this.#cluster.password)
    if (found === 'denied') throw this.#failure('the running server does not accept the password beside it')
    if (found === 'ready') {
      const [pid] = owner.split('-')
      this.#options.onNotice(
        `The embedded PostgreSQL of ${this.#cluster.home} is shared with process ${pid}, and ends with it`,
      )
      return { url: this.#url(port), shared: true, stop: async () => {} }
    }
    this.#reason = 'the server of another Meridian process was neither ready nor gone in time'
    await sleep(20)
    return undefined
  }

  /** Its owner is dead, so it has had its signal; should the watcher have been killed too, it gets it from here. */
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

  #url(port: number): string {
    return `postgresql://${roleName}:${this.#cluster.password}@127.0.0.1:${port}/${roleName}`
  }

  #failure(reason: string): EmbeddedServerError {
    return failure(redact(reason, this.#cluster.password), this.#cluster.home)
  }
}

function failure(reason: string, home: string, cause?: unknown): EmbeddedServerError {
  return new EmbeddedServerError(
    `The embedded PostgreSQL could not start: ${reason}; its data directory is ${home}: ${wayOut(reason, home)}`,
    { cause },
  )
}
