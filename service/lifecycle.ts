import type { Server, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import type { Config } from './config.ts'
import type { Logger } from './logger.ts'
import { listenError } from './servers.ts'

/** Things opened, to be closed in the opposite order. */
export class Closing {
  readonly #tasks: (() => Promise<unknown>)[] = []

  /** A task that takes longer than `limitMs` is left to the end of the process. */
  add(task: () => Promise<unknown>, limitMs = 15_000): void {
    this.#tasks.unshift(async () => {
      const limit = new AbortController()
      const late = sleep(limitMs, undefined, { signal: limit.signal }).catch(() => undefined)
      await Promise.race([task(), late]).finally(() => limit.abort())
    })
  }

  /** One that fails doesn't keep the others open. */
  async run(logger: Logger): Promise<void> {
    for (const task of this.#tasks.splice(0)) {
      await task().catch((error: unknown) => logger.warn({ err: error }, 'not closed cleanly'))
    }
  }
}

export async function listen(server: Server, { host, port }: Config): Promise<void> {
  const outcome = Promise.withResolvers<void>()
  server.once('error', (error) => outcome.reject(listenError(error, host, port)))
  server.listen({ host, port }, outcome.resolve)
  await outcome.promise
}

/** The last lines of the start: where it listens, and what to try. */
export function announce(server: Server, config: Config, logger: Logger, storeKind: string): void {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : config.port
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  const url = `http://${host}:${port}`
  const cache = config.cache.enabled ? `cached in ${storeKind}` : 'not cached'
  logger.info({ address: url }, `Meridian listens on ${url} (${config.environment}, ${cache}). Try:`)
  for (const path of ['/v1/countries/FR', '/v1/cities?country=JP&limit=5', '/__version__']) {
    logger.info(`  curl -i '${url}${path}'`)
  }
}

/** What the health routes ask. */
export interface State {
  isStopping: boolean
}

export interface CloseOptions {
  readonly config: Config
  readonly logger: Logger
  readonly server: Server
  readonly closing: Closing
  readonly state: State
}

/** Milliseconds for what comes after the last response: telemetry's flush, the stores, the embedded servers. */
export const closingTime = 20_000

/** Milliseconds within which a repeated signal is the same one: npm hands on the Ctrl-C that the terminal sent to both. */
const sameSignal = 200

export function closeOnSignal({ config, logger, server, closing, state }: CloseOptions): void {
  const drain = followResponses(server)
  const graceful = closeWithGrace(
    {
      delay: config.shutdownTimeoutMs + closingTime,
      logger: { error: (message: unknown) => logger.error(String(message)) },
      skip: ['SIGINT', 'SIGTERM'],
    },
    async ({ err }) => {
      if (err) logger.fatal({ err }, 'an error that nobody caught: stopping')
      state.isStopping = true
      await drain(config.shutdownTimeoutMs)
      await closing.run(logger)
      logger.info('stopped')
    },
  )
  let first: number | undefined
  function onSignal(signal: NodeJS.Signals): void {
    const now = performance.now()
    if (first === undefined) {
      first = now
      logger.info(`${signal}: finishing the requests under way; a second signal stops at once`)
      graceful.close()
    } else if (now - first > sameSignal) {
      logger.warn(`${signal} again: stopping at once`)
      process.exit(1)
    }
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
}

/** Follows the responses of a server, and returns what stops it: accept no more, finish what runs, cut it when late. */
function followResponses(server: Server): (timeoutMs: number) => Promise<void> {
  const underWay = new Set<ServerResponse>()
  let isDraining = false
  server.prependListener('request', (_, response: ServerResponse) => {
    underWay.add(response)
    // Whoever holds a kept-alive connection is told not to send another request on it.
    if (isDraining) response.setHeader('Connection', 'close')
    response.once('close', () => {
      underWay.delete(response)
      // One whose head had left before: its connection is idle only after this event.
      if (isDraining) setImmediate(() => server.closeIdleConnections())
    })
  })
  return async function drain(timeoutMs) {
    isDraining = true
    for (const response of underWay) if (!response.headersSent) response.setHeader('Connection', 'close')
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeIdleConnections()
    const timer = setTimeout(() => server.closeAllConnections(), timeoutMs)
    await closed
    clearTimeout(timer)
  }
}
