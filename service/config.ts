import { resolve } from 'node:path'
import type * as z from 'zod'
import { documentation, environmentSchema, type Documentation } from './environment.ts'

type Variables = z.infer<typeof environmentSchema>
type VariableName = keyof typeof environmentSchema.shape

/** Everything that the service is told from outside, checked and frozen. */
export type Config = ReturnType<typeof configOf>

/** Wrong variables: a line each, that names the variable, what was expected and what was got. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads the environment once. Throws a ConfigError; secrets are masked in it. */
export function loadConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const result = environmentSchema.safeParse(given)
  if (!result.success) {
    const names = [...new Set(result.error.issues.map(({ path }) => String(path[0]) as VariableName))]
    throw new ConfigError(names.map((name) => wrong(name, given[name])).join('\n'))
  }
  const missing = missingVariables(result.data)
  if (missing.length > 0) throw new ConfigError(missing.join('\n'))
  return configOf(result.data)
}

/** Rules over several variables, as lines of error. */
function missingVariables(variables: Variables): string[] {
  const errors: string[] = []
  const production = variables.NODE_ENV === 'production'
  const needsRedis = variables.CACHE_ENABLED && variables.CACHE_STORE !== 'memory' && variables.REDIS_URL === undefined
  if (production && variables.DATABASE_URL === undefined) errors.push(wrong('DATABASE_URL', undefined))
  if (production && needsRedis) errors.push(`${wrong('REDIS_URL', undefined)}; or set CACHE_STORE=memory`)
  if (variables.CACHE_BYPASS === 'secret' && variables.CACHE_BYPASS_SECRET === undefined) {
    errors.push(`${wrong('CACHE_BYPASS_SECRET', undefined)}, because CACHE_BYPASS is secret`)
  }
  return errors
}

function configOf(variables: Variables) {
  const development = variables.NODE_ENV === 'development'
  return deepFreeze({
    environment: variables.NODE_ENV,
    host: variables.HOST,
    port: variables.PORT,
    database: { url: variables.DATABASE_URL, poolSize: variables.DATABASE_POOL_SIZE },
    redis: { url: variables.REDIS_URL },
    cache: {
      enabled: variables.CACHE_ENABLED,
      store: variables.CACHE_STORE,
      prefix: variables.CACHE_KEY_PREFIX,
      memoryBytes: variables.CACHE_MEMORY_BYTES,
      bypass: {
        mode: variables.CACHE_BYPASS ?? (development ? ('client' as const) : ('secret' as const)),
        secret: variables.CACHE_BYPASS_SECRET,
      },
    },
    profiler: variables.PROFILER === undefined ? development : variables.PROFILER === 'on',
    tokens: { editor: variables.EDITOR_TOKEN, admin: variables.ADMIN_TOKEN },
    jaegerUiUrl: variables.JAEGER_UI_URL,
    dataDir: { path: resolve(variables.DATA_DIR ?? '.data'), isDefault: variables.DATA_DIR === undefined },
    logLevel: variables.LOG_LEVEL,
    shutdownTimeoutMs: variables.SHUTDOWN_TIMEOUT,
  })
}

/** The variables as a table for `--help`. */
export function describeEnvironment(): string {
  const rows = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const { meaning, expected, default: standard } = documented(schema)
    return `  ${name}\n      ${meaning}: ${expected}\n      default: ${standard}`
  })
  return `Environment:\n${rows.join('\n')}\n  OTEL_*\n      OpenTelemetry's standard variables are honoured`
}

function documented(schema: z.ZodType): Documentation {
  return documentation.get(schema) ?? { meaning: '', expected: '', default: '' }
}

function wrong(name: VariableName, value: string | undefined): string {
  const { expected, secret } = documented(environmentSchema.shape[name])
  return `${name}: expected ${expected}, got ${value === undefined ? 'nothing' : `"${mask(value, secret)}"`}`
}

/** A value as it may be shown: of a URL all but what stands before its @, and what its parameters say. */
function mask(value: string, secret: Documentation['secret']): string {
  if (secret === undefined) return shorten(value)
  // What isn't even in the shape of a URL may be nothing but a password.
  if (secret === 'whole' || !value.includes('://')) return '***'
  return shorten(value.replace(/^([a-z+]*:\/\/)?.*@/is, '$1***@').replace(/\?.*$/s, '?***'))
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}

function deepFreeze<T extends object>(value: T): Readonly<T> {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  return Object.freeze(value)
}
