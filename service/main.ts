import { createServer, type Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import closeWithGrace from 'close-with-grace'
import { readBuildInfo } from './build-info.ts'
import { loadConfig, type Config } from './config.ts'
import type { HealthCheck } from './http/index.ts'
import { createLogger, type Logger } from './logger.ts'
import { showProgress } from './progress.ts'
import { logProfile, logRequest } from './request-lines.ts'
import { assertDatabaseAnswers, assertPortFree, listenError, openDatabase, openStore } from './servers.ts'
import { startTelemetry } from './telemetry/index.ts'

/** Things opened, to be closed in the opposite order. */
class Closing {
  readonly #tasks: (() => Promise<unknown>)[] = []

  /** A task that takes longer than `limitMs` is left to the end of the process. */
  add(task: () => Promise<unknown>, limitMs = 15_000): void {
    this.#tasks.unshift(() => Promise.race([task(), sleep(limitMs, undefined, { ref: false })]))
  }

  /** One that fails doesn't keep the others open. */
  async run(logger: Logger): Promise<void> {
    for (const task of this.#tasks.splice(0)) {
      await task().catch((error: unknown) => logger.warn({ err: error }, 'not closed cleanly'))
    }
  }
}

/** The composition root: opens everything, listens, and closes everything when it is told to stop. */
export async function serve(environment: NodeJS.ProcessEnv): Promise<void> {
  const config = loadConfig(environment)
  const terminal = process.stdout.isTTY
  const logger = createLogger({ level: config.logLevel, pretty: terminal })
  const closing = new Closing()
  // Until the service listens, a signal just ends it: embedded servers stop with it, an import rolls back.
  const interrupted = (signal: NodeJS.Signals) => process.exit(signal === 'SIGINT' ? 130 : 143)
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    const { server, started } = await open({ config, environment, logger, terminal, closing })
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    closeOnSignal({ config, logger, server, closing, started })
  } catch (error) {
    await closing.run(logger)
    throw error
  }
}

interface OpenOptions {
  readonly config: Config
  readonly environment: NodeJS.ProcessEnv
  readonly logger: Logger
  readonly terminal: boolean
  readonly closing: Closing
}

interface Started {
  isStopping: boolean
}

async function open({ config, environment, logger, terminal, closing }: OpenOptions) {
  const build = readBuildInfo()
  const onNotice = (message: string) => logger.warn(message)
  await assertPortFree(config.host, config.port)

  // First of all: what is imported before it is not traced.
  const telemetry = await startTelemetry({
    service: { ...build, environment: config.environment },
    env: environment,
    profiler: config.profiler,
    onProfile: (profile) => logProfile(logger, profile),
    onNotice,
  })
  closing.add(() => telemetry.shutdown())
  const { createApp } = await import('./app.ts')
  const { createOrm, pingDatabase, prepareDatabase } = await import('./database/index.ts')
  const { createCache } = await import('./cache/index.ts')
  const { answerClientError } = await import('./http/index.ts')

  const database = await openDatabase(config, onNotice)
  closing.add(async () => database.server?.stop())
  const orm = await createOrm({ url: database.url, poolSize: config.database.poolSize })
  // The pool waits for queries under way, and those of requests that were cut may take long.
  closing.add(() => orm.close(), 2_000)
  await assertDatabaseAnswers(orm, database.url)
  await prepareDatabase(orm, showProgress({ terminal, writeLine: (line) => logger.info(line) }))

  const { store, server: redis } = await openStore(config, environment['PATH'] ?? '', onNotice)
  closing.add(async () => redis?.stop())
  const cache = createCache({
    store,
    name: 'meridian',
    prefix: config.cache.prefix,
    deployment: `${build.version}-${build.commit.slice(0, 12)}`,
    enabled: config.cache.enabled,
    bypass: config.cache.bypass,
    onEvent(event) {
      if (event.type === 'store-down') logger.warn(event, 'the cache store is down: requests go to their handlers')
      if (event.type === 'store-up') logger.info(event, 'the cache store is back')
    },
  })
  closing.add(() => cache.close())

  for (const name of telemetry.checkPatched()) {
    logger.error(`OpenTelemetry: ${name} is not patched: its spans and the query log are missing`)
  }
  const started: Started = { isStopping: false }
  const app = createApp({
    orm,
    cache,
    build,
    checks: {
      database: { required: true, check: () => pingDatabase(orm).then(() => 'postgresql') },
      cache: { required: false, check: () => store.ping().then(() => store.kind) },
    } satisfies Record<string, HealthCheck>,
    isStopping: () => started.isStopping,
    onRequest: telemetry.profiled ? undefined : (line) => logRequest(logger, line),
    onError: (error) => logger.error({ err: error }, 'a request failed'),
  })
  const server = createServer(app.callback())
  server.on('clientError', answerClientError)
  await listen(server, config)
  announce(server, config, logger, store.kind)
  return { server, started }
}

async function listen(server: Server, { host, port }: Config): Promise<void> {
  const outcome = Promise.withResolvers<void>()
  server.once('error', (error) => outcome.reject(listenError(error, host, port)))
  server.listen({ host, port }, outcome.resolve)
  await outcome.promise
}

/** The last lines of the start: where it listens, and what to try. */
function announce(server: Server, config: Config, logger: Logger, storeKind: string): void {
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

interface CloseOptions {
  readonly config: Config
  readonly logger: Logger
  readonly server: Server
  readonly closing: Closing
  readonly started: Started
}

/** Milliseconds for what comes after the last response: telemetry's flush, the stores, the embedded servers. */
const closingTime = 20_000

/** Milliseconds within which a repeated signal is the same one: npm hands on the Ctrl-C that the terminal sent to both. */
const sameSignal = 200

function closeOnSignal({ config, logger, server, closing, started }: CloseOptions): void {
  const graceful = closeWithGrace(
    {
      delay: config.shutdownTimeoutMs + closingTime,
      logger: { error: (message: unknown) => logger.error(String(message)) },
      skip: ['SIGINT', 'SIGTERM'],
    },
    async ({ err }) => {
      if (err) logger.fatal({ err }, 'an error that nobody caught: stopping')
      started.isStopping = true
      await drain(server, config.shutdownTimeoutMs)
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
      void graceful.close()
    } else if (now - first > sameSignal) {
      logger.warn(`${signal} again: stopping at once`)
      process.exit(1)
    }
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
}

/** Stops accepting, lets what runs finish, and cuts what hasn't by then. */
async function drain(server: Server, timeoutMs: number): Promise<void> {
  // A client on a kept-alive connection is told not to send another request on it.
  server.prependListener('request', (_, response) => response.setHeader('Connection', 'close'))
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMs)
  await closed
  clearTimeout(timer)
}
