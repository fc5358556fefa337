import { describe, expect, test } from '@jest/globals'
import { ConfigError, describeEnvironment, loadConfig } from './config.ts'
import { environmentSchema } from './environment.ts'

test('an empty environment is a development service on loopback', () => {
  expect(loadConfig({})).toMatchObject({
    environment: 'development',
    host: '127.0.0.1',
    port: 3000,
    database: { url: undefined },
    cache: { enabled: true, store: undefined, prefix: 'meridian', bypass: { mode: 'client' } },
    profiler: true,
    jaegerUiUrl: 'http://127.0.0.1:16686',
    dataDir: { path: `${process.cwd()}/.data`, isDefault: true },
  })
})

test('production may be bypassed by secret only, and is not profiled', () => {
  const config = loadConfig({ NODE_ENV: 'production', DATABASE_URL: 'postgresql://db/x', REDIS_URL: 'redis://cache' })
  expect(config).toMatchObject({ cache: { bypass: { mode: 'secret', secret: undefined } }, profiler: false })
})

test('an empty value counts as unset', () => {
  expect(loadConfig({ PORT: '', REDIS_URL: '' })).toEqual(loadConfig({}))
})

test('is frozen to the bottom', () => {
  const config = loadConfig({})
  expect(Object.isFrozen(config)).toBe(true)
  expect(Object.isFrozen(config.cache.bypass)).toBe(true)
})

describe('a wrong value', () => {
  test.each([
    ['PORT', '65536'],
    ['PORT', '3000.5'],
    ['HOST', 'my host'],
    ['NODE_ENV', 'staging'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_POOL_SIZE', '0'],
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', 'redis://host/abc'],
    ['REDIS_URL', 'redis://me:p%ss@host'],
    ['DATABASE_URL', 'postgresql://'],
    ['DATABASE_URL', 'postgresql://host'],
    ['DATABASE_URL', 'postgresql://me:p%ss@host/places'],
    ['CACHE_ENABLED', 'maybe'],
    ['CACHE_STORE', 'disk'],
    ['CACHE_KEY_PREFIX', 'a:b*'],
    ['CACHE_MEMORY_BYTES', '5'],
    ['CACHE_BYPASS', 'everyone'],
    ['PROFILER', 'yes please'],
    ['JAEGER_UI_URL', 'javascript:alert(1)'],
    ['LOG_LEVEL', 'loud'],
    ['SHUTDOWN_TIMEOUT', '0'],
    ['OTEL_SDK_DISABLED', '1'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', '127.0.0.1:4318'],
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_SAMPLER_ARG', '2'],
  ])('of %s (%s) is named with what was expected', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(ConfigError)
    expect(() => loadConfig({ [name]: value })).toThrow(new RegExp(`^${name}: expected .+, got "`))
  })

  test('does not hide another: a line each', () => {
    expect(() => loadConfig({ PORT: 'x', HOST: ' ' })).toThrow(/^HOST: .*\nPORT: .*$/)
  })

  test.each([
    ['DATABASE_URL', 'mysql://me:hunter2@host/x?password=hunter2'],
    ['DATABASE_URL', 'me:hunter2@host'],
    ['DATABASE_URL', 'postgresql:hunter2'],
    ['REDIS_URL', 'hunter2'],
    ['DATABASE_URL', 'postgresql:/me:hunt/er2@hunter2@host'],
    ['REDIS_URL', 'http://:hunter2@host'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'grpc://me:hunter2@host'],
    ['CACHE_BYPASS_SECRET', 'hunter2 with spaces'],
    ['EDITOR_TOKEN', 'hunter2\n'],
    ['ADMIN_TOKEN', 'hünter2 hunter2'],
  ])('of %s is masked', (name, value) => {
    expect(() => loadConfig({ [name]: value })).toThrow(ConfigError)
    expect(() => loadConfig({ [name]: value })).not.toThrow(/hunter2|er2@/)
  })
})

test.each([
  [{ NODE_ENV: 'production', CACHE_STORE: 'memory' }, 'DATABASE_URL: expected a URL such as .*, got nothing'],
  [{ NODE_ENV: 'production', DATABASE_URL: 'postgresql://x/y' }, 'REDIS_URL: .*; or set CACHE_STORE=memory'],
  [{ CACHE_BYPASS: 'secret' }, 'CACHE_BYPASS_SECRET: expected .*, got nothing'],
])('what is missing from %j is named', (environment, message) => {
  expect(() => loadConfig(environment)).toThrow(new RegExp(`^${message}`))
})

test('the help has every variable', () => {
  const help = describeEnvironment()
  for (const name of Object.keys(environmentSchema.shape)) expect(help).toContain(`  ${name}\n`)
  expect(help).not.toMatch(/undefined|: \n/)
})
