import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql'
import { Problem } from '../../http/index.ts'
import { Country } from '../entities/index.ts'
import { escapeLike } from '../parameters.ts'

export interface CountryFilters {
  readonly region?: string | undefined
  readonly language?: string | undefined
  readonly currency?: string | undefined
  readonly q?: string | undefined
  readonly sort: string
}

const sortProperties: Readonly<Record<string, 'nameKey' | 'code' | 'area'>> = {
  name: 'nameKey',
  code: 'code',
  area: 'area',
}

/** One query, and one more for each to-many relation in the selection. */
export function findCountries(
  em: EntityManager,
  { region, language, currency, q, sort }: CountryFilters,
  populate: readonly string[],
): Promise<Country[]> {
  const where: FilterQuery<Country>[] = []
  if (region !== undefined)
    where.push({ $or: [{ region: { $ilike: escapeLike(region) } }, { subregion: { $ilike: escapeLike(region) } }] })
  if (language !== undefined) where.push({ languages: { $some: { code: language } } })
  if (currency !== undefined) where.push({ currencies: { $some: { code: currency } } })
  if (q !== undefined) where.push({ searchKey: { $like: `% ${escapeLike(q)}%` } })
  const descending = sort.startsWith('-')
  const property = sortProperties[descending ? sort.slice(1) : sort] ?? 'nameKey'
  return em.find(
    Country,
    { $and: where },
    {
      populate: populate as never,
      orderBy: [{ [property]: descending ? 'desc nulls last' : 'asc nulls last' }, { code: 'asc' }],
    },
  )
}

/** The country of an alpha-2 code in capitals; a `not-found` problem where there is none. */
export async function getCountry(em: EntityManager, code: string, populate: readonly string[] = []): Promise<Country> {
  const country = await em.findOne(Country, { code }, { populate: populate as never })
  return country ?? noSuchCountry(code)
}

/** The alpha-2 code that a country goes by, whatever ISO 3166-1 code was given. */
export async function canonicalCode(em: EntityManager, given: string): Promise<string> {
  const code = given.toUpperCase()
  if (code.length === 2) return code
  const country = await em.findOne(Country, { $or: [{ alpha3: code }, { numericCode: code }] }, { fields: ['code'] })
  return country?.code ?? noSuchCountry(given)
}

/** Throws unless the country exists: tells an empty list from a wrong code. */
export async function assertCountry(em: EntityManager, code: string): Promise<void> {
  if ((await em.count(Country, { code })) === 0) noSuchCountry(code)
}

function noSuchCountry(code: string): never {
  throw new Problem('not-found', { detail: `Expected the code of a country, got ${code}: /v1/countries lists them` })
}
