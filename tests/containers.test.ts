import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { loadConfig } from '../service/config.ts'
import { environmentSchema } from '../service/environment.ts'
import { closingTime } from '../service/lifecycle.ts'
import { interpolate, pinned, readCompose } from './containers/compose.ts'
import { instructions } from './containers/dockerfile.ts'
import { root } from './containers/repository.ts'

// No container engine runs where the tests do: these read the files, each for what only this project can know.
// containers/compose-schema.test.ts holds the Compose file against the specification's schema.

const compose = readCompose()
const services = Object.entries(compose.services)

describe('docker-compose.yml', () => {
  const service = compose.named('service')

  test.each(services)('%s comes from an image of one version, or is built here', (_name, { image, build }) => {
    expect(build === undefined ? image : `${build.context}:0.0`).toMatch(pinned)
  })

  test.each(services)('%s publishes its ports on loopback alone', (_name, { ports }) => {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
  })

  test.each(services)('%s mounts files that exist, read-only, and volumes that are declared', (_name, { volumes }) => {
    for (const volume of volumes) {
      const [source = '', , mode] = volume.split(':')
      if (source.startsWith('.')) expect([existsSync(join(root, source)), mode]).toEqual([true, 'ro'])
      else expect(compose.volumes).toHaveProperty(source)
    }
  })

  // Of the collector's image only: it holds nothing that could ask.
  test.each(services.filter(([name]) => name !== 'otel-collector'))(
    '%s has a health check',
    (_name, { build, healthcheck }) => {
      expect(build === undefined ? healthcheck?.test.length : instructions('HEALTHCHECK').length).toBeGreaterThan(0)
    },
  )

  test('waits for the health only of services that tell it', () => {
    for (const [, { depends_on }] of services) {
      for (const [name, { condition }] of Object.entries(depends_on)) {
        expect(condition).toBe(compose.named(name).healthcheck ? 'service_healthy' : 'service_started')
      }
    }
  })

  test('lets default passwords reach nothing but a network without a way out', () => {
    const withPassword = services.filter(([name, { environment, command }]) => {
      return name !== 'service' && [...Object.values(environment), ...command].includes('meridian-on-this-machine')
    })
    expect(withPassword.map(([name]) => name)).toEqual(['postgres', 'redis'])
    for (const [, { networks, ports }] of withPassword) {
      expect(ports).toEqual([])
      expect(networks.filter((name) => compose.networks[name]?.internal !== true)).toEqual([])
    }
  })

  test('builds the service with the commit that it is told', () => {
    expect(service.build).toEqual({ context: '.', args: { COMMIT: '' } })
  })

  test('gives the service variables that it knows, and values that it takes', () => {
    const unknown = Object.keys(service.environment).filter((name) => !(name in environmentSchema.shape))
    expect(unknown.filter((name) => !name.startsWith('OTEL_'))).toEqual([])
    const config = loadConfig(service.environment)
    expect(config).toMatchObject({ environment: 'production', profiler: false, tokens: { admin: undefined } })
    const hosts = [config.database.url, config.redis.url].map((url) => new URL(url ?? '').hostname)
    expect(hosts.map((name) => compose.named(name).networks)).toEqual([['data'], ['data']])
  })

  test('stops the service no sooner than it stops by itself', () => {
    const own = loadConfig(service.environment).shutdownTimeoutMs + closingTime
    expect(Number.parseInt(service.stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(own)
  })

  test('takes what a stranger sets', () => {
    const url = 'redis://:${REDIS_PASSWORD:-x}@redis:${PORT:-6379}/$$'
    expect(interpolate(url, { REDIS_PASSWORD: 'secret', PORT: '' })).toBe('redis://:secret@redis:6379/$')
  })
})
