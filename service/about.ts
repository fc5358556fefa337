import Router from '@koa/router'
import type { BuildInfo } from './build-info.ts'
import { cachePolicies } from './cache-policies.ts'
import type { Cache } from './cache/index.ts'

export interface AboutOptions {
  readonly cache: Cache
  readonly build: BuildInfo
}

/** `/`: where to go from here. `/__version__`: what runs here, and since when; the documented example of a cached route. */
export function aboutRouter({ cache, build }: AboutOptions): Router {
  const started = new Date().toISOString()
  const router = new Router()

  router.get('/', (ctx) => {
    ctx.set('Cache-Control', 'public, max-age=60')
    ctx.body = {
      name: build.name,
      version: build.version,
      try: [
        '/v1/countries/FR',
        '/v1/countries?include=capital,languages',
        '/v1/cities?country=JP&limit=5',
        '/v1/dataset',
      ],
      health: ['/livez', '/readyz', '/health'],
    }
  })

  router.get('/__version__', cache.cached({ ...cachePolicies['/__version__'], route: '/__version__' }), (ctx) => {
    ctx.body = { name: build.name, version: build.version, commit: build.commit, started }
  })

  return router
}
