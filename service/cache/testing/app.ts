import { once } from 'node:events'
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import Router from '@koa/router'
import Koa from 'koa'
import compress from 'koa-compress'
import conditional from 'koa-conditional-get'
import etag from 'koa-etag'
import {
  createCache,
  createMemoryStore,
  type Cache,
  type CacheEvent,
  type CacheOptions,
  type Policy,
} from '../index.ts'

/** An answer as it came over the wire: nothing decoded, nothing followed. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface TestApp {
  readonly url: string
  readonly cache: Cache
  readonly events: CacheEvent[]
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Answer>
  /** The Cache-Status of a GET. */
  status(path: string, headers?: Record<string, string>): Promise<string | undefined>
  close(): Promise<void>
}

type Setup = (router: Router, cache: Cache, app: Koa) => void

/** A Koa app on 127.0.0.1 with the middleware order of the service around a cache, over memory unless told. */
export async function startApp(setup: Setup, options: Partial<CacheOptions> = {}): Promise<TestApp> {
  const events: CacheEvent[] = []
  const cache = createCache({
    store: createMemoryStore({ maxBytes: 1_000_000 }),
    name: 'meridian',
    prefix: 'test',
    deployment: 'one',
    enabled: true,
    bypass: { mode: 'client' },
    onEvent: (event) => void events.push(event),
    ...options,
  })
  const app = new Koa()
  app.silent = true
  app.use(async function problems(ctx, next) {
    try {
      await next()
    } catch (error) {
      ctx.status = (error as { status?: number }).status ?? 500
      ctx.body = { title: (error as Error).message }
    }
  })
  app.use(compress({ threshold: 256 }))
  app.use(conditional())
  app.use(etag({ weak: true }))
  const router = new Router()
  setup(router, cache, app)
  app.use(router.routes())
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const get: TestApp['get'] = (path, headers = {}, method = 'GET') => send(url + path, headers, method)
  return {
    url,
    cache,
    events,
    get,
    status: async (path, headers) => header(await get(path, headers), 'cache-status'),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      await cache.close()
    },
  }
}

/** One app with one route, and how often its handler ran. */
export interface CountedApp extends TestApp {
  readonly calls: number
}

export const FOX = 'The quick brown fox jumps over the lazy dog. '.repeat(40)

/** GET and POST /x, cached for a minute, answering FOX unless the handler does otherwise; counts its calls. */
export async function serveX(
  handler: (ctx: Koa.Context, call: number) => unknown = () => {},
  policy: Partial<Policy> = {},
  options: Partial<CacheOptions> = {},
): Promise<CountedApp> {
  let calls = 0
  const app = await startApp((router, cache) => {
    router.all('/x', cache.cached({ ttl: '60s', ...policy }), async (ctx) => {
      calls += 1
      ctx.body = FOX
      await handler(ctx, calls)
    })
  }, options)
  return Object.defineProperty(app, 'calls', { get: () => calls }) as CountedApp
}

export function header(answer: Answer, name: string): string | undefined {
  return answer.headers[name]?.toString()
}

async function send(url: string, headers: Record<string, string>, method: string): Promise<Answer> {
  const message = request(url, { method, headers, agent: false })
  message.end()
  const [response] = (await once(message, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }
}

/** Resolves once `condition` holds; rejects after `timeoutMs` with what was awaited. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 15_000) {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${timeoutMs} ms in vain until ${what}`)
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
  }
}
