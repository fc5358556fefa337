import { readBuildInfo } from './build-info.ts'
import { loadConfig, type Config } from './config.ts'
import type { HealthCheck } from './http/index.ts'
import { announce, closeOnSignal, Closing, listen, type State } from './lifecycle.ts'
import { createLogger, type Logger } from './logger.ts'
import { showProgress } from './progress.ts'
import { logProfile, logRequest } from './request-lines.ts'
import { assertDatabaseAnswers, assertPortFree, openDatabase, openStore, preparing } from './servers.ts'
import { startTelemetry } from './telemetry/index.ts'

/** The composition root: opens everything, listens, and closes everything when it is told to stop. */
export async function serve(environment: NodeJS.ProcessEnv): Promise<void> {
  const config = loadConfig(environment)
  const terminal = process.stdout.isTTY
  const logger = createLogger({ level: config.logLevel, pretty: terminal })
  const closing = new Closing()
  // Until the service listens there is nothing to finish: an import rolls back, and what was opened is closed.
  let isInterrupted = false
  const interrupted = () => {
    if (isInterrupted) return
    isInterrupted = true
    void closing.run(logger).finally(() => process.exit(0))
  }
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted)
  try {
    const { server, state } = await open({ config, environment, logger, terminal, closing })
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    closeOnSignal({ config, logger, server, closing, state })
  } catch (error) {
    // What fails because everything is being closed is no news.
    if (isInterrupted) return
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
  const { createOrm, datasetVersion, pingDatabase, prepareDatabase } = await import('./database/index.ts')
  const { createCache } = await import('./cache/index.ts')
  const { createHttpServer } = await import('./http/index.ts')

  const database = await openDatabase(config, onNotice)
  closing.add(async () => database.server?.stop())
  const orm = await createOrm({ url: database.url, poolSize: config.database.poolSize })
  // The pool waits for queries under way, and those of requests that were cut may take long.
  closing.add(() => orm.close(), 2_000)
  await assertDatabaseAnswers(orm, database.url)
  const runSteps = showProgress({ terminal, writeLine: (line) => logger.info(line) })
  await preparing(database.server, () => prepareDatabase({ orm, url: database.url, runSteps, onNotice }))

  const { store, server: redis } = await openStore(config, environment, onNotice)
  closing.add(async () => redis?.stop())
  const cache = createCache({
    store,
    name: 'meridian',
    prefix: config.cache.prefix,
    // What another release rendered, or this one from other data, is never served.
    deployment: `${build.version}-${build.sources}-${await datasetVersion(orm)}`,
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
  const state: State = { isStopping: false }
  const app = createApp({
    orm,
    cache,
    build,
    checks: {
      database: { required: true, check: () => pingDatabase(orm).then(() => 'postgresql') },
      cache: { required: false, check: () => store.ping().then(() => store.kind) },
    } satisfies Record<string, HealthCheck>,
    isStopping: () => state.isStopping,
    onRequest: telemetry.profiled ? undefined : (line) => logRequest(logger, line),
    onError: (error) => logger.error({ err: error }, 'a request failed'),
  })
  const server = createHttpServer(app.callback())
  await listen(server, config)
  announce(server, config, logger, store.kind)
  return { server, state }
}
