/** Where one signal goes. Empty: nowhere. */
export type Destination = 'otlp' | 'console'

/** What the OTEL_* variables ask for, of the part that NodeSDK doesn't decide by itself. */
export interface TelemetrySettings {
  readonly disabled: boolean
  readonly traces: readonly Destination[]
  readonly metrics: readonly Destination[]
  readonly batch: BatchSettings
  readonly metricIntervalMs: number
  readonly metricTimeoutMs: number
  /** Values that can't be honoured, one sentence each. */
  readonly complaints: readonly string[]
}

export interface BatchSettings {
  readonly maxQueueSize?: number
  readonly scheduledDelayMillis?: number
  readonly exportTimeoutMillis?: number
  readonly maxExportBatchSize?: number
}

/**
 * The standard variables, with one difference: OTLP is chosen only where an endpoint is set. The specification's default
 * (localhost:4318) would have every service without a collector complain for ever.
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function readSettings(env: NodeJS.ProcessEnv): TelemetrySettings {
  const complaints: string[] = []
  const read = (name: string) => trimmed(env[name])
  const positive = (name: string) => positiveNumber(name, read(name), complaints)

  const interval = positive('OTEL_METRIC_EXPORT_INTERVAL') ?? 60_000
  // The reader refuses a timeout longer than its interval.
  const timeout = Math.min(positive('OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000, interval)

  const traces = destinations('TRACES', read, complaints)
  const metrics = destinations('METRICS', read, complaints)
  for (const signal of ['', '_TRACES', '_METRICS']) complainOfProtocol(`OTEL_EXPORTER_OTLP${signal}_PROTOCOL`)

  function complainOfProtocol(name: string): void {
    const protocol = read(name)
    if (protocol === undefined || protocol.startsWith('http/')) return
    complaints.push(
      `Expected \`${name}\` to be \`http/json\` or \`http/protobuf\`, got \`${protocol}\`; http/json is used`,
    )
  }

  return {
    disabled: read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true',
    traces,
    metrics,
    batch: defined({
      maxQueueSize: positive('OTEL_BSP_MAX_QUEUE_SIZE'),
      scheduledDelayMillis: positive('OTEL_BSP_SCHEDULE_DELAY'),
      exportTimeoutMillis: positive('OTEL_BSP_EXPORT_TIMEOUT'),
      maxExportBatchSize: positive('OTEL_BSP_MAX_EXPORT_BATCH_SIZE'),
    }),
    metricIntervalMs: interval,
    metricTimeoutMs: timeout,
    complaints,
  }
}

function destinations(
  signal: 'TRACES' | 'METRICS',
  read: (name: string) => string | undefined,
  complaints: string[],
): readonly Destination[] {
  const name = `OTEL_${signal}_EXPORTER`
  const endpoint = read(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) ?? read('OTEL_EXPORTER_OTLP_ENDPOINT')
  const asked = (read(name) ?? 'otlp').split(',').map((word) => word.trim().toLowerCase())
  if (asked.includes('none')) return []

  const chosen = new Set<Destination>()
  for (const exporter of asked) {
    if (exporter === 'console') chosen.add('console')
    else if (exporter !== 'otlp')
      complaints.push(`Expected \`${name}\` to be otlp, console or none, got \`${exporter}\``)
    else if (endpoint !== undefined) chosen.add('otlp')
    else if (read(name) !== undefined) complaints.push(`\`${name}\` is otlp, but no OTEL_EXPORTER_OTLP_ENDPOINT is set`)
  }
  return [...chosen]
}

/** An empty variable is an unset one (specification, "Parsing empty value"). */
function trimmed(value: string | undefined): string | undefined {
  const text = value?.trim()
  return text === '' ? undefined : text
}

function positiveNumber(name: string, text: string | undefined, complaints: string[]): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  complaints.push(`Expected \`${name}\` to be a positive integer, got \`${text}\`; the default is used`)
  return undefined
}

function defined<T extends object>(values: T): { [Key in keyof T]: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never
}
