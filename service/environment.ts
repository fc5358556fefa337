import * as z from 'zod'

/** What the help and an error say of a variable. */
export interface Documentation {
  readonly meaning: string
  readonly expected: string
  readonly default: string
  /** Its value is never shown: `url` hides only the password. */
  readonly secret?: 'whole' | 'url'
}

export const documentation = z.registry<Documentation>()

const flag = () => z.stringbool()
const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.some((protocol) => text.startsWith(`${protocol}//`)), {
    // What comes after may take the URL apart.
    abort: true,
  })

/** With a host, or none for a socket that a parameter names; what is percent-encoded has to be so rightly. */
const databaseUrl = () =>
  url('postgresql:', 'postgres:').refine((text) => {
    const { username, password, pathname } = new URL(text)
    return pathname.length > 1 && [username, password, pathname].every(isDecodable)
  })

/** Its path is the number of a database, if it has one. */
const redisUrl = () =>
  url('redis:', 'rediss:').refine((text) => {
    const { hostname, username, password, pathname } = new URL(text)
    return hostname !== '' && /^\/?\d{0,4}$/.test(pathname) && [username, password].every(isDecodable)
  })

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}

const token = () => z.string().regex(/^[\u0021-\u007e]+$/)
const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
]

/**
 * Every variable that the service reads, but for the rest of OpenTelemetry's own (`OTEL_*`), which its SDK honours by
 * itself. An empty value counts as unset.
 */
export const environmentSchema = z.object({
  NODE_ENV: z.enum(['development', 'production', 'test']).default('development').register(documentation, {
    meaning: 'how the service runs',
    expected: 'development, production or test',
    default: 'development',
  }),
  HOST: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/)
    .default('127.0.0.1')
    .register(documentation, {
      meaning: 'the address to listen on',
      expected: 'a host name or an IP address',
      default: '127.0.0.1',
    }),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number)
    .refine((port) => port <= 65_535)
    .default(3000)
    .register(documentation, {
      meaning: 'the port to listen on; 0 for any that is free',
      expected: 'a whole number from 0 to 65535',
      default: '3000',
    }),
  DATABASE_URL: databaseUrl().optional().register(documentation, {
    meaning: 'PostgreSQL',
    expected: 'a URL such as postgresql://user:password@host:5432/database',
    default: 'an embedded PostgreSQL in development; required in production',
    secret: 'url',
  }),
  DATABASE_POOL_SIZE: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform(Number)
    .refine((size) => size >= 1)
    .default(10)
    .register(documentation, {
      meaning: 'connections to PostgreSQL held at most',
      expected: 'a whole number from 1 to 999',
      default: '10',
    }),
  REDIS_URL: redisUrl().optional().register(documentation, {
    meaning: 'Redis',
    expected: 'a URL such as redis://user:password@host:6379/0, or rediss: for TLS',
    default: 'in development a private redis-server or valkey-server, if one is on the PATH',
    secret: 'url',
  }),
  CACHE_ENABLED: flag().default(true).register(documentation, {
    meaning: 'false switches the response cache off whole',
    expected: 'true or false',
    default: 'true',
  }),
  CACHE_STORE: z.enum(['redis', 'memory']).optional().register(documentation, {
    meaning: 'where responses are stored',
    expected: 'redis or memory',
    default: 'redis where there is one, else memory; production without REDIS_URL must say memory',
  }),
  CACHE_KEY_PREFIX: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/)
    .default('meridian')
    .register(documentation, {
      meaning: "the namespace of this deployment's keys",
      expected: '1 to 64 letters, digits, dots, dashes and underscores',
      default: 'meridian',
    }),
  CACHE_MEMORY_BYTES: z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .refine((bytes) => bytes >= 1_000_000)
    .default(64_000_000)
    .register(documentation, {
      meaning: 'the most that the in-process store may hold',
      expected: 'a number of bytes, at least 1000000',
      default: '64000000',
    }),
  CACHE_BYPASS: z.enum(['client', 'secret', 'off']).optional().register(documentation, {
    meaning: "who may bypass the cache by a request's Cache-Control: no-cache or no-store",
    expected: 'client (anyone), secret (who sends Meridian-Cache-Bypass) or off',
    default: 'client in development, secret in production',
  }),
  CACHE_BYPASS_SECRET: token().optional().register(documentation, {
    meaning: 'what Meridian-Cache-Bypass must say',
    expected: 'printable ASCII without spaces',
    default: 'unset: nobody may bypass by secret',
    secret: 'whole',
  }),
  PROFILER: z.enum(['on', 'off']).optional().register(documentation, {
    meaning: "the log of each request's queries",
    expected: 'on or off',
    default: 'on in development, off elsewhere',
  }),
  EDITOR_TOKEN: token().optional().register(documentation, {
    meaning: 'the bearer token for writes (reserved: this version has none)',
    expected: 'printable ASCII without spaces',
    default: 'unset',
    secret: 'whole',
  }),
  ADMIN_TOKEN: token().optional().register(documentation, {
    meaning: 'the bearer token for the administration of the cache (reserved: this version has none)',
    expected: 'printable ASCII without spaces',
    default: 'unset',
    secret: 'whole',
  }),
  JAEGER_UI_URL: url('http:', 'https:').default('http://127.0.0.1:16686').register(documentation, {
    meaning: 'the base of links to traces (reserved: this version shows none)',
    expected: 'an http: or https: URL',
    default: 'http://127.0.0.1:16686',
  }),
  DATA_DIR: z.string().optional().register(documentation, {
    meaning: 'where embedded servers keep their files',
    expected: 'a path',
    default: '.data',
  }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .register(documentation, {
      meaning: 'the least severe line that is logged',
      expected: 'trace, debug, info, warn, error, fatal or silent',
      default: 'info',
    }),
  SHUTDOWN_TIMEOUT: z
    .string()
    .regex(/^\d{1,3}$/)
    .transform((seconds) => Number(seconds) * 1_000)
    .refine((ms) => ms >= 1_000)
    .default(10_000)
    .register(documentation, {
      meaning: 'how long requests under way may take to finish once the service is told to stop',
      expected: 'seconds, from 1 to 999',
      default: '10',
    }),
  OTEL_SDK_DISABLED: z
    .stringbool({ truthy: ['true'], falsy: ['false'] })
    .default(false)
    .register(documentation, {
      meaning: 'true switches OpenTelemetry off, and the query log with it',
      expected: 'true or false',
      default: 'false',
    }),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:').optional().register(documentation, {
    meaning: 'where traces and metrics go, by OTLP over HTTP',
    expected: 'an http: or https: URL such as http://127.0.0.1:4318',
    default: 'unset: nothing is exported',
    secret: 'url',
  }),
  OTEL_TRACES_SAMPLER: z
    .enum(samplers)
    .optional()
    .register(documentation, {
      meaning: 'which traces are exported',
      expected: samplers.join(', '),
      default: 'parentbased_always_on',
    }),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .refine((text) => text.trim() !== '' && Number(text) >= 0 && Number(text) <= 1)
    .optional()
    .register(documentation, {
      meaning: 'the share of traces that a traceidratio sampler keeps',
      expected: 'a number from 0 to 1',
      default: '1',
    }),
})
