import { parse } from 'yaml'
import * as z from 'zod'
import { readText } from './repository.ts'

const components = z.record(z.string(), z.unknown()).default({})

const collectorFile = z.object({
  extensions: components,
  receivers: components,
  processors: components,
  exporters: components,
  connectors: components,
  service: z.object({
    extensions: z.array(z.string()),
    pipelines: z.record(
      z.string(),
      z.object({
        receivers: z.array(z.string()),
        processors: z.array(z.string()).default([]),
        exporters: z.array(z.string()),
      }),
    ),
    telemetry: z.unknown(),
  }),
})

type Collector = z.infer<typeof collectorFile>

/**
 * A collector's configuration, or Jaeger's, which is one, as it reads in an environment: `${env:NAME:-default}`.
 * Only its references are checked here: whether the real program takes it, the real program must say.
 */
export function readCollector(path: string, environment: Readonly<Record<string, string>>): Collector {
  const expand = (_: string, name: string, standard = '') => environment[name] ?? standard
  return collectorFile.parse(parse(readText(path).replaceAll(/\$\{env:(\w+)(?::-([^}]*))?\}/g, expand)))
}

/** Every address that it listens on, as `host:port`. */
export function listensOn({ extensions, receivers, exporters, service }: Collector): string[] {
  const addresses: string[] = []
  visit([extensions, receivers, exporters, service.telemetry], (value) => {
    if (typeof value['endpoint'] === 'string' && !value['endpoint'].includes('//')) addresses.push(value['endpoint'])
    if (typeof value['host'] === 'string') addresses.push(`${value['host']}:${String(value['port'])}`)
  })
  return addresses
}

function visit(value: unknown, look: (value: Record<string, unknown>) => void): void {
  if (typeof value !== 'object' || value === null) return
  look(value as Record<string, unknown>)
  for (const inner of Object.values(value)) visit(inner, look)
}
