import { raw, type EntityManager } from '@mikro-orm/postgresql'
import * as z from 'zod'
import { Problem } from '../../http/index.ts'
import { anyCountryCode, assertCountry, redirectToCanonical } from '../countries/index.ts'
import { endpoint, list } from '../endpoint.ts'
import { City, Subdivision } from '../entities/index.ts'
import { geonamesCode } from '../parameters.ts'
import { present, selectionParameters, type Resource } from '../resource.ts'

/** A subdivision with the number of its cities, where that was asked for. */
interface Counted {
  readonly subdivision: Subdivision
  readonly cityCount: number
}

const subdivisionResource: Resource<Counted> = {
  fields: {
    geonamesCode: ({ subdivision }) => subdivision.geonamesCode,
    name: ({ subdivision }) => subdivision.name,
    country: ({ subdivision }) => subdivision.country.code,
  },
  includes: { cityCount: { populate: [], show: ({ cityCount }) => cityCount } },
}

export const countrySubdivisions = endpoint({
  path: '/v1/countries/:code/subdivisions',
  params: anyCountryCode,
  query: z.strictObject(selectionParameters(subdivisionResource)),
  async handle({ em, params: { code }, query }) {
    const redirect = await redirectToCanonical(em, code, '/subdivisions')
    if (redirect) return redirect
    const subdivisions = await em.find(
      Subdivision,
      { country: code },
      { orderBy: [{ nameKey: 'asc' }, { geonamesCode: 'asc' }] },
    )
    if (subdivisions.length === 0) await assertCountry(em, code)
    const counted = await countCities(em, subdivisions, query.include)
    return list(counted.map((each) => present(subdivisionResource, each, query)))
  },
})

export const subdivisionDetail = endpoint({
  path: '/v1/subdivisions/:code',
  params: z.strictObject({ code: geonamesCode }),
  query: z.strictObject(selectionParameters(subdivisionResource)),
  async handle({ em, params: { code }, query }) {
    const subdivision = await em.findOne(Subdivision, { geonamesCode: code })
    if (!subdivision) {
      throw new Problem('not-found', { detail: `Expected the GeoNames code of a subdivision, got ${code}` })
    }
    const [counted] = await countCities(em, [subdivision], query.include)
    return { body: counted && present(subdivisionResource, counted, query) }
  },
})

/** One query for any number of subdivisions; none where the count wasn't asked for. */
async function countCities(
  em: EntityManager,
  subdivisions: readonly Subdivision[],
  include: readonly string[] = [],
): Promise<Counted[]> {
  if (!include.includes('cityCount') || subdivisions.length === 0) {
    return subdivisions.map((subdivision) => ({ subdivision, cityCount: 0 }))
  }
  const codes = subdivisions.map(({ geonamesCode }) => geonamesCode)
  const rows = await em
    .createQueryBuilder(City, 'c')
    .select([raw('c.subdivision_geonames_code as code'), raw('count(*)::int as cities')])
    .where({ subdivision: { $in: codes } })
    .groupBy('subdivision')
    .execute<{ code: string; cities: number }[]>('all', false)
  const counts = new Map(rows.map(({ code, cities }) => [code, cities]))
  return subdivisions.map((subdivision) => ({ subdivision, cityCount: counts.get(subdivision.geonamesCode) ?? 0 }))
}
