import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { ConsoleMetricExporter, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import type { IMetricReader, ViewOptions } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace'
import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import { collectorWatch } from './notices.ts'
import { scrubOperation, scrubSpan } from './scrub-span.ts'
import type { TelemetrySettings } from './settings.ts'

type Notify = (message: string) => void

/** Endpoint, headers, timeout, compression and certificates the exporters read from OTEL_EXPORTER_OTLP_* by themselves. */
export function spanProcessors(settings: TelemetrySettings, notify: Notify): SpanProcessor[] {
  return settings.traces.map((destination) => {
    if (destination === 'console') return new SimpleSpanProcessor({ exporter: scrubbing(new ConsoleSpanExporter()) })
    const exporter = watchedTraces(scrubbing(new OTLPTraceExporter()), notify)
    return new BatchSpanProcessor({ ...settings.batch, exporter })
  })
}

export function metricReaders(settings: TelemetrySettings, notify: Notify): IMetricReader[] {
  return settings.metrics.map((destination) => {
    const exporter = destination === 'console' ? new ConsoleMetricExporter() : new WatchedMetricExporter(notify)
    return new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: settings.metricIntervalMs,
      exportTimeoutMillis: settings.metricTimeoutMs,
    })
  })
}

/** pg's metrics take everything up to the first space of the SQL for its operation, as in `select'secret'`. */
export const metricViews: Pick<ViewOptions, 'instrumentName' | 'attributesProcessors'>[] = [
  {
    instrumentName: 'db.client.operation.duration',
    attributesProcessors: [
      {
        process(attributes) {
          const operation = attributes['db.operation.name']
          if (typeof operation !== 'string') return attributes
          return { ...attributes, 'db.operation.name': scrubOperation(operation) }
        },
      },
    ],
  },
]

/**
 * Stands between each span processor and its exporter: the one place no exported span gets around, whatever
 * instrumentation or code of ours made it. It works on copies, away from the request, and only on sampled spans.
 */
export function scrubbing(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(scrubSpan), done),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

function watchedTraces(exporter: SpanExporter, notify: Notify): SpanExporter {
  const observe = collectorWatch('traces', notify)
  return {
    export: (spans, done) => exporter.export(spans, (result) => done(observed(result, observe(result)))),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

/** A subclass, as temporality and aggregation are the exporter's to say: they come from OTEL_EXPORTER_OTLP_METRICS_*. */
class WatchedMetricExporter extends OTLPMetricExporter {
  readonly #observe: ReturnType<typeof collectorWatch>

  constructor(notify: Notify) {
    super()
    this.#observe = collectorWatch('metrics', notify)
  }

  override export(...[metrics, done]: Parameters<OTLPMetricExporter['export']>): void {
    super.export(metrics, (result) => done(observed(result, this.#observe(result))))
  }
}

/** The result as the SDK shall see it: failed still, but with an error that has been told. */
function observed<Result extends object>(result: Result, error: Error | undefined): Result {
  return error === undefined ? result : { ...result, error }
}
