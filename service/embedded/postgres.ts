import { openCluster, roleName, type Cluster } from './cluster.ts'
import type { EmbeddedServer } from './embedded-server.ts'
import { EmbeddedServerError } from './errors.ts'
import { freePort } from './free-port.ts'
import { KeptServer } from './kept-server.ts'
import { findPlace, homeOf, stateDir, type PlaceOptions } from './place.ts'
import { installedBinaries, runnableBinaries, type Binaries } from './postgres-binaries.ts'
import { Start, startFailure, type Started } from './postgres-start.ts'

export interface PostgresOptions extends PlaceOptions {
  /** Told what a developer may want to know: a shared server, another folder, a wait, a server that died and is back or isn't. */
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

/**
 * Starts the PostgreSQL that Meridian brings along, on a free port of 127.0.0.1 (that of last time, if it can be had), and makes
 * its cluster the first time. It stops when this process ends, however it ends. Where another Meridian process already runs the
 * server of this data directory, that one is shared.
 *
 * Until `stop`, a server that goes, this process's or the shared one, is started again at the same URL. Connections break
 * meanwhile. After five failures in a row that ends, with a notice.
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
  const inOneLine = oneLine(homeOf(place.folder))
  return inOneLine(async () => {
    const runnable = runnableBinaries(found, place.user, stateDir)
    const cluster = await openCluster(place, runnable)
    const start = (aborted: AbortSignal, former?: Started): Promise<Started> =>
      new Start({
        cluster,
        binaries: runnable,
        settings,
        onNotice,
        freePort,
        aborted,
        ...(former && { former }),
      }).run()

    let current = await start(new AbortController().signal)
    return new KeptServer({
      name: 'embedded PostgreSQL',
      url: urlOf(cluster, current.port),
      life: current.life,
      again: (aborted) =>
        inOneLine(async () => {
          current = await start(aborted, current)
          return current.life
        }),
      onNotice,
    })
  })
}

/** Whatever goes wrong is told in the one line that an EmbeddedServerError is. */
function oneLine(home: string): <T>(work: () => Promise<T>) => Promise<T> {
  return async (work) => {
    try {
      return await work()
    } catch (error) {
      if (error instanceof EmbeddedServerError) throw error
      throw startFailure((error as Error).message, home, error)
    }
  }
}

function urlOf({ password }: Cluster, port: number): string {
  return `postgresql://${roleName}:${password}@127.0.0.1:${port}/${roleName}`
}
