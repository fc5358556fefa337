/**
 * OpenTelemetry for the service: what is traced, where it is sent, and the certainty that no value of an SQL statement
 * leaves with it.
 */
export { startTelemetry } from './start-telemetry.ts'
export type { ServiceIdentity, Telemetry, TelemetryOptions } from './start-telemetry.ts'
