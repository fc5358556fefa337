import Router from '@koa/router'
import type { MikroORM } from '@mikro-orm/postgresql'
import type { Context, Middleware } from 'koa'
import { parseParams, parseQuery } from '../http/index.ts'
import { cityDetail, cityList, countryCities, subdivisionCities } from './cities/index.ts'
import { countryDetail, countryList, countryNeighbours } from './countries/index.ts'
import { dataset } from './dataset/index.ts'
import { cityRevisions, correctionDetail } from './editing/index.ts'
import type { Endpoint } from './endpoint.ts'
import { currencyList, languageList, regionList, timezoneList } from './lists/index.ts'
import { countrySubdivisions, subdivisionDetail } from './subdivisions/index.ts'

const endpoints = [
  countryList,
  countryDetail,
  countryNeighbours,
  countrySubdivisions,
  countryCities,
  subdivisionDetail,
  subdivisionCities,
  cityList,
  cityDetail,
  cityRevisions,
  timezoneList,
  languageList,
  currencyList,
  regionList,
  correctionDetail,
  dataset,
] as const

/** The template of each route of the domain. */
export type PlacesPath = (typeof endpoints)[number]['path']

export interface PlacesOptions {
  readonly orm: MikroORM
  /**
   * What stands in front of the handler of a route. `query` gives a request's parameters as they were understood, with
   * defaults filled in and lists sorted: two spellings of one question are one cache entry.
   */
  readonly cached: (path: PlacesPath, query: (ctx: Context) => Iterable<readonly [string, string]>) => Middleware
}

/** Parsed once, before the cache: a wrong parameter is refused whatever is stored. */
interface Input {
  readonly params: Record<string, unknown>
  readonly query: Record<string, unknown>
}

/** `/v1`: every read route of the domain. */
export function placesRouter({ orm, cached }: PlacesOptions): Router<{ input: Input }> {
  // `/V1/…` and `…/` are other paths, which nobody has.
  const router = new Router<{ input: Input }>({ sensitive: true, strict: true })
  for (const route of endpoints) {
    // Each endpoint is typed by its own schemas; here they are all alike.
    const { path, params, query, handle } = route as unknown as Endpoint<PlacesPath>
    router.get(
      path,
      async function validate(ctx, next) {
        ctx.state.input = { params: parseParams(ctx.params, params), query: parseQuery(ctx, query) }
        // `%46R`, `fr` and `FR` are one country, and shall be one entry of the cache.
        const canonical = fillTemplate(path, ctx.state.input.params)
        if (canonical === ctx.path) await next()
        else redirect(ctx, canonical)
      },
      cached(path, (ctx) => canonicalQuery((ctx.state['input'] as Input).query)),
      async function answer(ctx) {
        const result = await handle({ ...ctx.state.input, em: orm.em.fork() })
        if ('redirect' in result) {
          redirect(ctx, result.redirect)
          return
        }
        ctx.body = result.body
        if (result.nextCursor != null) ctx.set('Link', `<${withCursor(ctx, result.nextCursor)}>; rel="next"`)
      },
    )
  }
  return router
}

function fillTemplate(path: string, params: Readonly<Record<string, unknown>>): string {
  return path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(params[name])))
}

/** To the one address that a resource has, for good (RFC 9110 §15.4.9). */
function redirect(ctx: Context, path: string): void {
  ctx.status = 308
  ctx.set('Location', path + ctx.search)
  ctx.set('Cache-Control', 'public, max-age=3600')
  ctx.type = 'text/plain'
  ctx.body = `${path}${ctx.search}\n`
}

function* canonicalQuery(query: Readonly<Record<string, unknown>>): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(query)) if (value !== undefined) yield [name, JSON.stringify(value)]
}

function withCursor(ctx: Context, cursor: string): string {
  const query = new URLSearchParams(ctx.querystring)
  query.set('cursor', cursor)
  return `${ctx.path}?${query.toString()}`
}
