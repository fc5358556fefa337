import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { listensOn, readCollector } from './collector.ts'
import { readCompose } from './compose.ts'
import { root } from './repository.ts'

const compose = readCompose()

describe('the collector and Jaeger', () => {
  const files = { 'otel-collector': 'observability/otel-collector.yaml', jaeger: 'observability/jaeger/config.yaml' }
  const inContainer = (name: keyof typeof files) => readCollector(files[name], compose.named(name).environment)
  const portsOf = (name: keyof typeof files) =>
    listensOn(inContainer(name)).map((address) => Number(address.split(':').at(-1)))
  const names = Object.keys(files) as (keyof typeof files)[]

  test.each(names)('%s names in its pipelines what it defines, and defines nothing idle', (name) => {
    const { service, connectors, ...defined } = inContainer(name)
    expect([...service.extensions].sort()).toEqual(Object.keys(defined.extensions).sort())
    const pipelines = Object.values(service.pipelines)
    for (const kind of ['receivers', 'processors', 'exporters'] as const) {
      const used = new Set(pipelines.flatMap((pipeline) => pipeline[kind]).filter((id) => !(id in connectors)))
      expect([...used].sort()).toEqual(Object.keys(defined[kind]).sort())
    }
  })

  test('the collector limits its memory first in each pipeline, below what its container has', () => {
    const { service, processors } = inContainer('otel-collector')
    for (const { processors } of Object.values(service.pipelines)) expect(processors[0]).toBe('memory_limiter')
    const { limit_mib: limit } = processors['memory_limiter'] as { limit_mib: number }
    expect(limit).toBeLessThan(Number.parseInt(compose.named('otel-collector').deploy.resources.limits.memory, 10))
  })

  test.each(names)('%s listens on every interface in its container, on loopback elsewhere', (name) => {
    const hosts = (environment: Record<string, string>) =>
      new Set(listensOn(readCollector(files[name], environment)).map((address) => address.split(':')[0]))
    expect(hosts(compose.named(name).environment)).toEqual(new Set(['0.0.0.0']))
    expect(hosts({})).toEqual(new Set(['127.0.0.1']))
  })

  test.each(names)('%s publishes ports that it listens on', (name) => {
    const published = compose.named(name).ports.map((port) => Number(port.split(':').at(-1)))
    expect(portsOf(name)).toEqual(expect.arrayContaining(published))
  })

  test.each(names)('%s reads its configuration where it is mounted', (name) => {
    const { command, volumes } = compose.named(name)
    const [source = '', target = ''] = volumes[0]?.split(':') ?? []
    expect(command).toEqual([`--config=${files[name].replace(source.replace('./', ''), target)}`])
  })

  test('the service sends to the collector, and the collector to Jaeger, where they listen', () => {
    const toCollector = new URL(compose.named('service').environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '')
    expect(toCollector.hostname).toBe('otel-collector')
    expect(otlpHttpPort(inContainer('otel-collector'))).toBe(toCollector.port)
    const exporter = inContainer('otel-collector').exporters['otlp_http/jaeger'] as { endpoint: string }
    expect(new URL(exporter.endpoint).hostname).toBe('jaeger')
    expect(otlpHttpPort(inContainer('jaeger'))).toBe(new URL(exporter.endpoint).port)
  })

  test("Jaeger's health check, its links and its UI configuration lead where they should", () => {
    const { extensions } = inContainer('jaeger') as unknown as { extensions: JaegerExtensions }
    const { healthcheck, ports, volumes } = compose.named('jaeger')
    expect(new URL(healthcheck?.test.at(-1) ?? '').port).toBe(extensions.healthcheckv2.http.endpoint.split(':')[1])
    const links = new URL(compose.named('service').environment['JAEGER_UI_URL'] ?? '')
    expect(ports).toEqual([`${links.host}:${extensions.jaeger_query.http.endpoint.split(':')[1]}`])
    const [source = '', target = ''] = volumes[0]?.split(':') ?? []
    const ui = readFileSync(join(root, extensions.jaeger_query.ui.config_file.replace(target, source)), 'utf8')
    expect(JSON.parse(ui)).toHaveProperty('topTagPrefixes')
  })
})

function otlpHttpPort({ receivers }: { receivers: Record<string, unknown> }): string | undefined {
  const { protocols } = receivers['otlp'] as { protocols: { http: { endpoint: string } } }
  return protocols.http.endpoint.split(':')[1]
}

interface JaegerExtensions {
  readonly healthcheckv2: { readonly http: { readonly endpoint: string } }
  readonly jaeger_query: { readonly http: { readonly endpoint: string }; readonly ui: { readonly config_file: string } }
}
