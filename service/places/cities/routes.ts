import * as z from 'zod'
import { Problem } from '../../http/index.ts'
import { anyCountryCode, assertCountry, redirectToCanonical } from '../countries/index.ts'
import { endpoint, list } from '../endpoint.ts'
import { City, Subdivision } from '../entities/index.ts'
import {
  countryParameter,
  geonameId,
  geonamesCode,
  pageParameters,
  populationParameter,
  searchParameter,
  sortParameter,
} from '../parameters.ts'
import { populateFor, present, selectionParameters } from '../resource.ts'
import { findCities, type CityFilters, type CityPage } from './queries.ts'
import { cityResource } from './resource.ts'
import type { EntityManager } from '@mikro-orm/postgresql'

const sharedParameters = {
  minPopulation: populationParameter.optional(),
  timezone: z
    .string()
    .regex(/^[A-Za-z0-9_+-]+(?:\/[A-Za-z0-9_+-]+){0,2}$/, 'an IANA time zone such as Europe/Paris')
    .max(64, 'an IANA time zone such as Europe/Paris')
    .optional(),
  q: searchParameter.optional(),
  sort: sortParameter(['-population', 'population', 'name', '-name']).default('-population'),
  ...pageParameters,
  ...selectionParameters(cityResource),
}
type PageQuery = CityFilters & CityPage & Parameters<typeof present>[2]

export const cityList = endpoint({
  path: '/v1/cities',
  params: z.strictObject({}),
  query: z.strictObject({
    country: countryParameter.optional(),
    subdivision: geonamesCode.optional(),
    ...sharedParameters,
  }),
  handle: ({ em, query }) => answerPage(em, query, query),
})

export const cityDetail = endpoint({
  path: '/v1/cities/:id',
  params: z.strictObject({ id: geonameId }),
  query: z.strictObject(selectionParameters(cityResource)),
  async handle({ em, params: { id }, query }) {
    const city = await em.findOne(City, { id }, { populate: populateFor(cityResource, query) as never })
    if (!city) throw new Problem('not-found', { detail: `Expected the geonameid of a city, got ${id}` })
    return { body: present(cityResource, city, query) }
  },
})

export const countryCities = endpoint({
  path: '/v1/countries/:code/cities',
  params: anyCountryCode,
  query: z.strictObject(sharedParameters),
  async handle({ em, params, query }) {
    const redirect = await redirectToCanonical(em, params.code, '/cities')
    if (redirect) return redirect
    return answerPage(em, { ...query, country: params.code }, query, () => assertCountry(em, params.code))
  },
})

export const subdivisionCities = endpoint({
  path: '/v1/subdivisions/:code/cities',
  params: z.strictObject({ code: geonamesCode }),
  query: z.strictObject(sharedParameters),
  handle: ({ em, params: { code }, query }) =>
    answerPage(em, { ...query, subdivision: code }, query, async () => {
      if ((await em.count(Subdivision, { geonamesCode: code })) > 0) return
      throw new Problem('not-found', { detail: `Expected the GeoNames code of a subdivision, got ${code}` })
    }),
})

/** `assertOwner` tells an empty list from one whose owner doesn't exist; it is asked only then. */
async function answerPage(
  em: EntityManager,
  filters: CityFilters,
  query: PageQuery,
  assertOwner: () => Promise<void> = async () => undefined,
) {
  const { cities, nextCursor } = await findCities(em, filters, query, populateFor(cityResource, query))
  if (cities.length === 0) await assertOwner()
  return list(
    cities.map((city) => present(cityResource, city, query)),
    nextCursor,
  )
}
