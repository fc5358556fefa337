import { createRequire } from 'node:module'
import { isWrapped } from '@opentelemetry/instrumentation'

/** A function that is wrapped once its module is instrumented, and where it is found among the loaded modules. */
interface PatchPoint {
  readonly name: string
  /** The end of the file's path that defines it; every loaded copy is looked at (MikroORM may bring a pg of its own). */
  readonly file: string
  readonly method: string
  /** Without it the service can't run, so that not to find it at all means not to see it. */
  readonly always: boolean
}

const PATCH_POINTS: readonly PatchPoint[] = [
  { name: 'koa', file: '/koa/lib/application.js', method: 'use', always: true },
  { name: 'pg', file: '/pg/lib/client.js', method: 'query', always: true },
  { name: 'pg-pool', file: '/pg-pool/index.js', method: 'connect', always: true },
  { name: 'ioredis', file: '/ioredis/built/Redis.js', method: 'sendCommand', always: false },
]

/**
 * The modules that serve requests unseen: loaded before the instrumentation, or past it. Nothing is loaded to find out,
 * as loading is what patches: it reads the modules the application has.
 */
export function unpatchedModules(): string[] {
  const missing = PATCH_POINTS.filter(isMissing).map(({ name }) => name)
  return isHttpPatched() ? missing : ['http', ...missing]
}

function isMissing({ file, method, always }: PatchPoint): boolean {
  const copies = loadedModules(file)
  if (copies.length === 0) return always
  return !copies.every((exported) => isWrapped(prototypeOf(exported)[method]))
}

function loadedModules(file: string): unknown[] {
  const { cache } = createRequire(import.meta.url)
  return Object.entries(cache)
    .filter(([path]) => path.replaceAll('\\', '/').endsWith(`/node_modules${file}`))
    .map(([, module]): unknown => module?.exports)
}

function prototypeOf(exported: unknown): Record<string, unknown> {
  const candidates = [exported, (exported as { default?: unknown } | undefined)?.default]
  const constructor = candidates.find((candidate) => typeof candidate === 'function')
  return ((constructor as { prototype?: unknown } | undefined)?.prototype ?? {}) as Record<string, unknown>
}

/** `getBuiltinModule` goes past every hook, so that asking doesn't patch. */
function isHttpPatched(): boolean {
  return isWrapped(Reflect.get(process.getBuiltinModule('node:http').Server.prototype, 'emit'))
}
