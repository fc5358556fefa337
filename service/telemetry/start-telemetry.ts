import type { Profile } from '../profiler/index.ts'
import { readSettings } from './settings.ts'

/** Who speaks: the resource of every span and metric. */
export interface ServiceIdentity {
  /** OTEL_SERVICE_NAME wins over it. */
  readonly name: string
  readonly version: string
  readonly commit: string
  readonly environment: string
}

export interface TelemetryOptions {
  readonly service: ServiceIdentity
  /** The environment, for the standard OTEL_* variables. The SDK reads the rest of them from `process.env` itself. */
  readonly env: NodeJS.ProcessEnv
  /** Whether each request's queries are counted, exported or not. */
  readonly profiler: boolean
  /** Called when a request's span ends. What it throws is counted, and hurts nobody. */
  readonly onProfile: (profile: Profile) => void
  /** What an operator should know, in a sentence: a collector lost or found, a variable that can't be honoured. */
  readonly onNotice: (message: string) => void
}

export interface Telemetry {
  /** The SDK has been started: requests are traced, measured or profiled. */
  readonly active: boolean
  /** The per-request query log is on. */
  readonly profiled: boolean
  /** Traces or metrics are sent somewhere. */
  readonly exporting: boolean
  /** Modules that should be patched and are not; ask once the application's modules are imported. Empty is well. */
  checkPatched(): string[]
  /** Sends what is left, for 5 seconds at most. Never throws. */
  shutdown(): Promise<void>
}

/**
 * Starts OpenTelemetry, if an exporter is configured or the profiler is on; otherwise nothing is loaded and nothing is
 * patched.
 *
 * Call it before koa, pg, ioredis and their users are imported, and import those dynamically afterwards: a module that
 * is loaded already can't be seen. `checkPatched()` tells whether that went well.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const settings = readSettings(options.env)
  const exporting = settings.traces.length > 0 || settings.metrics.length > 0
  if (settings.disabled || !(exporting || options.profiler)) return INACTIVE

  for (const complaint of settings.complaints) options.onNotice(`telemetry: ${complaint}`)
  // The hook comes first of all: with none, only what is loaded by require() is patched, and nothing says so.
  const { register } = await import('import-in-the-middle/register-hooks.mjs')
  const { INSTRUMENTED_MODULES } = await import('./instrumented-modules.ts')
  register({ include: INSTRUMENTED_MODULES })

  const { startSdk } = await import('./sdk.ts')
  const { unpatchedModules } = await import('./patch-check.ts')
  const shutdown = startSdk(options, settings)
  return { active: true, profiled: options.profiler, exporting, checkPatched: unpatchedModules, shutdown }
}

const INACTIVE: Telemetry = {
  active: false,
  profiled: false,
  exporting: false,
  checkPatched: () => [],
  shutdown: async () => {},
}
