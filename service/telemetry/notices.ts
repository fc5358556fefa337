import { DiagLogLevel } from '@opentelemetry/api'
import type { DiagLogger } from '@opentelemetry/api'

type Notify = (message: string) => void

/** One sentence of the same kind is told at most so often: a full queue complains with every request. */
const REPEAT_AFTER_MS = 60_000
const MAX_KINDS = 200

/** Marks an export error that `collectorWatch` has told already, on its way through the SDK's error handler. */
const TOLD = 'meridian:told'

/**
 * The SDK's own diagnostics, as notices. Without OTEL_LOG_LEVEL warnings and errors are told, each kind once a minute;
 * with it, everything of that level, unfiltered, as somebody is looking for something.
 */
export function diagnosticLogger(level: string | undefined, notify: Notify, now: () => number = Date.now): DiagLogger {
  const told = new Map<string, number>()

  function tell(args: readonly unknown[]): void {
    const message = args.map(describe).join(' ')
    if (message.includes(TOLD)) return
    if (level === undefined && !isDue(message.replace(/[\d\s]+/g, ' ').slice(0, 200))) return
    notify(`telemetry: ${message.slice(0, 1_000)}`)
  }

  function isDue(kind: string): boolean {
    const last = told.get(kind)
    if (last !== undefined && now() - last < REPEAT_AFTER_MS) return false
    if (told.size >= MAX_KINDS) told.clear()
    told.set(kind, now())
    return true
  }

  const log = (...args: unknown[]) => tell(args)
  return { error: log, warn: log, info: log, debug: log, verbose: log }
}

/** OTEL_LOG_LEVEL as a level; warnings where it is unset or unknown. */
export function diagnosticLevel(level: string | undefined): DiagLogLevel {
  const levels: Readonly<Record<string, DiagLogLevel>> = {
    none: DiagLogLevel.NONE,
    error: DiagLogLevel.ERROR,
    warn: DiagLogLevel.WARN,
    info: DiagLogLevel.INFO,
    debug: DiagLogLevel.DEBUG,
    verbose: DiagLogLevel.VERBOSE,
    all: DiagLogLevel.ALL,
  }
  return levels[level?.trim().toLowerCase() ?? ''] ?? DiagLogLevel.WARN
}

/** The result of an export, as every OpenTelemetry exporter reports it: 0 is success. */
interface ExportOutcome {
  readonly code: number
  readonly error?: Error | undefined
}

/** Watches one exporter, and tells when its collector is lost and when it is back: never twice the same. */
export function collectorWatch(signal: 'traces' | 'metrics', notify: Notify) {
  let reachable = true

  /** Returns the error to hand on, where there is one. */
  return function observe({ code, error }: ExportOutcome): Error | undefined {
    if (code === 0) {
      if (!reachable) notify(`telemetry: the collector takes ${signal} again`)
      reachable = true
      return undefined
    }
    if (reachable) notify(`telemetry: the collector does not take ${signal}: ${describe(error)}`)
    reachable = false
    return new Error(TOLD, { cause: error })
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value
  if (!(value instanceof Error)) return String(value)
  // A refused connection to a name with several addresses is an AggregateError with an empty message.
  const first = value instanceof AggregateError ? describe(value.errors[0]) : ''
  return value.message || first || codeOf(value) || value.name
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}
