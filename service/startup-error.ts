import { ConfigError } from './config.ts'

/** Why the service can't start, in one line for the person who started it. */
export class StartupError extends Error {
  override readonly name = 'StartupError'
}

/** The line, or undefined for a fault that nobody foresaw. */
export function startupMessage(error: unknown): string | undefined {
  if (error instanceof StartupError || error instanceof ConfigError) return error.message
  return error instanceof Error && error.name === 'EmbeddedServerError' ? error.message : undefined
}
