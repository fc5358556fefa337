import type { EntityManager } from '@mikro-orm/postgresql'
import * as z from 'zod'
import { endpoint, list, type Answer } from '../endpoint.ts'
import { sortParameter, searchParameter } from '../parameters.ts'
import { populateFor, present, selectionParameters } from '../resource.ts'
import { canonicalCode, findCountries, getCountry } from './queries.ts'
import { byCode, countryResource, neighbourResource } from './resource.ts'

const regionParameter = z
  .string()
  .regex(/^[\p{L} -]{1,60}$/u, 'a region such as Europe, or a subregion such as Western Europe')

const anyCountryCode = z.strictObject({
  code: z
    .string()
    .regex(/^(?:[A-Za-z]{2,3}|\d{3})$/, 'an ISO 3166-1 code: alpha-2 (FR), alpha-3 (FRA) or numeric (250)')
    .transform((code) => (code.length === 2 ? code.toUpperCase() : code)),
})

export const countryList = endpoint({
  path: '/v1/countries',
  params: z.strictObject({}),
  query: z.strictObject({
    region: regionParameter.optional(),
    language: z
      .string()
      .regex(/^[A-Za-z]{3}$/, 'an ISO 639-3 code such as fra')
      .toLowerCase()
      .optional(),
    currency: z
      .string()
      .regex(/^[A-Za-z]{3}$/, 'an ISO 4217 code such as EUR')
      .toUpperCase()
      .optional(),
    q: searchParameter.optional(),
    sort: sortParameter(['name', '-name', 'code', '-code', 'area', '-area']).default('name'),
    ...selectionParameters(countryResource),
  }),
  async handle({ em, query }) {
    const countries = await findCountries(em, query, populateFor(countryResource, query))
    return list(countries.map((country) => present(countryResource, country, query)))
  },
})

export const countryDetail = endpoint({
  path: '/v1/countries/:code',
  params: anyCountryCode,
  query: z.strictObject(selectionParameters(countryResource)),
  async handle({ em, params, query }) {
    const redirect = await redirectToCanonical(em, params.code)
    if (redirect) return redirect
    const country = await getCountry(em, params.code, populateFor(countryResource, query))
    return { body: present(countryResource, country, query) }
  },
})

export const countryNeighbours = endpoint({
  path: '/v1/countries/:code/neighbours',
  params: anyCountryCode,
  query: z.strictObject(selectionParameters(neighbourResource)),
  async handle({ em, params, query }) {
    const redirect = await redirectToCanonical(em, params.code, '/neighbours')
    if (redirect) return redirect
    const related = populateFor(neighbourResource, query).map((path) => `neighbours.${path}`)
    const { neighbours } = await getCountry(em, params.code, ['neighbours', ...related])
    return list(byCode(neighbours).map((neighbour) => present(neighbourResource, neighbour, query)))
  },
})

/** A country has one address: its alpha-2 code in capitals. Any other code of it leads there. */
export async function redirectToCanonical(em: EntityManager, given: string, rest = ''): Promise<Answer | undefined> {
  const code = await canonicalCode(em, given)
  return code === given ? undefined : { redirect: `/v1/countries/${code}${rest}` }
}

export { anyCountryCode }
