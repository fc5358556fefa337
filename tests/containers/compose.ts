import { parse } from 'yaml'
import * as z from 'zod'
import { readText } from './repository.ts'

/** An image's tag that is a version. */
export const pinned = /:\d+\.\d+(?:\.\d+)?(?:-[a-z0-9.]+)?$/

/** As the shell's: `${NAME}`, `${NAME:-default}`; `$$` is a dollar. https://docs.docker.com/reference/compose-file/interpolation/ */
export function interpolate(text: string, environment: Readonly<Record<string, string>> = {}): string {
  return text.replaceAll(/\$\$|\$\{(\w+)(?::-([^}]*))?\}/g, (whole, name?: string, standard = '') =>
    name === undefined ? '$' : environment[name] || standard,
  )
}

const text = z.string().transform((value) => interpolate(value))

/** What these tests look at; whether the file is a Compose file at all, its schema tells. */
const service = z.object({
  image: z.string().optional(),
  build: z.object({ context: z.string(), args: z.record(z.string(), text) }).optional(),
  command: z.array(text).default([]),
  user: z.string().optional(),
  environment: z.record(z.string(), text).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  networks: z.array(z.string()).default(['default']),
  ports: z.array(text).default([]),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  stop_grace_period: z.string().optional(),
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  deploy: z.object({ resources: z.object({ limits: z.object({ cpus: z.string(), memory: z.string() }) }) }),
})

const composeFile = z.object({
  services: z.record(z.string(), service),
  networks: z.record(z.string(), z.object({ internal: z.boolean().default(false) })),
  volumes: z.record(z.string(), z.unknown()),
})

type Service = z.infer<typeof service>

/** The Compose file with its anchors merged and every variable at its default. */
export function readCompose() {
  const { services, ...rest } = composeFile.parse(parse(readText('docker-compose.yml'), { merge: true }))
  const named = (name: string): Service => {
    const found = services[name]
    if (found === undefined) throw new Error(`Expected a service ${name} in docker-compose.yml, got none`)
    return found
  }
  return { ...rest, services, named }
}
