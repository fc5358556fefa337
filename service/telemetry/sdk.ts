import { diag } from '@opentelemetry/api'
import { envDetector, hostDetector, resourceFromAttributes, serviceInstanceIdDetector } from '@opentelemetry/resources'
import type { Resource } from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { createAlwaysRecordSampler } from '@opentelemetry/sdk-trace'
import { createQueryProfiler } from '../profiler/index.ts'
import { metricReaders, metricViews, spanProcessors } from './exporters.ts'
import { instrumentations } from './instrumentations.ts'
import { diagnosticLevel, diagnosticLogger } from './notices.ts'
import { configuredSampler } from './sampler.ts'
import type { TelemetrySettings } from './settings.ts'
import type { ServiceIdentity, TelemetryOptions } from './start-telemetry.ts'

/** How long a shutdown waits for the collector: a dead one must not hold up the end of the process. */
const SHUTDOWN_DEADLINE_MS = 5_000

/** Starts the SDK and patches the instrumented modules; returns its shutdown. */
export function startSdk(options: TelemetryOptions, settings: TelemetrySettings): () => Promise<void> {
  const { env, onNotice, service } = options
  const sampler = configuredSampler(env, (message) => onNotice(`telemetry: ${message}`))
  const processors = spanProcessors(settings, onNotice)
  if (options.profiler) processors.push(createQueryProfiler({ onProfile: options.onProfile }))

  const sdk = new NodeSDK({
    resource: resourceOf(service),
    // The process detector is left out: it exports the command line, the user and the paths of this machine.
    ...(env['OTEL_NODE_RESOURCE_DETECTORS']
      ? {}
      : { resourceDetectors: [serviceInstanceIdDetector, hostDetector, envDetector] }),
    // The profiler sees every request, though only the sampled ones are exported.
    sampler: options.profiler ? createAlwaysRecordSampler(sampler) : sampler,
    spanProcessors: processors,
    metricReaders: metricReaders(settings, onNotice),
    views: metricViews,
    logRecordProcessors: [],
    instrumentations: instrumentations(),
  })
  // NodeSDK's constructor puts a console logger in place where OTEL_LOG_LEVEL is set.
  const level = env['OTEL_LOG_LEVEL']?.trim() || undefined
  diag.setLogger(diagnosticLogger(level, onNotice), {
    logLevel: diagnosticLevel(level),
    suppressOverrideMessage: true,
  })
  sdk.start()

  let stopped: Promise<void> | undefined
  return function shutdown() {
    stopped ??= withDeadline(sdk.shutdown(), onNotice)
    return stopped
  }
}

async function withDeadline(flushed: Promise<void>, notify: (message: string) => void): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, SHUTDOWN_DEADLINE_MS, 'late')
  })
  try {
    if ((await Promise.race([flushed, deadline])) === 'late') notify('telemetry: gave up sending what was left')
  } catch {
    // A failed export has been told by the exporter's watch.
  } finally {
    clearTimeout(timer)
  }
}

/** OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME, read by the detectors, win over these. */
function resourceOf(service: ServiceIdentity): Resource {
  return resourceFromAttributes({
    'service.name': service.name,
    'service.version': service.version,
    'deployment.environment.name': service.environment,
    'vcs.ref.head.revision': service.commit,
  })
}
