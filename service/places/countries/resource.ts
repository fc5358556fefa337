import type { Resource } from '../resource.ts'
import type { City, Country } from '../entities/index.ts'

const fields = {
  code: (country) => country.code,
  alpha3: (country) => country.alpha3,
  numericCode: (country) => country.numericCode ?? null,
  name: (country) => country.name,
  officialName: (country) => country.officialName,
  nativeNames: (country) => country.nativeNames,
  region: (country) => country.region,
  subregion: (country) => country.subregion ?? null,
  latitude: (country) => country.latitude,
  longitude: (country) => country.longitude,
  area: (country) => country.area ?? null,
  landlocked: (country) => country.landlocked,
  independent: (country) => country.independent ?? null,
  unMember: (country) => country.unMember,
  flag: (country) => country.flag,
  callingCodes: (country) => country.callingCodes,
  topLevelDomains: (country) => country.topLevelDomains,
  capitalId: (country) => country.capital?.id ?? null,
  updatedAt: (country) => country.updatedAt.toISOString(),
} satisfies Resource<Country>['fields']

/** A country as another resource shows it. */
export function showCountryBriefly(country: Country) {
  return { code: country.code, name: country.name, flag: country.flag }
}

function showCapital(city: City | undefined) {
  if (city === undefined) return null
  const { id, name, latitude, longitude, population } = city
  return { id, name, latitude, longitude, population: population ?? null, timezone: city.timezone.name }
}

/** The database gives the members of a relation in no order of its own. */
export function byCode<T extends { readonly code: string }>(members: Iterable<T>): T[] {
  return [...members].sort((a, b) => (a.code < b.code ? -1 : 1))
}

const capital = { populate: ['capital'], show: (country: Country) => showCapital(country.capital?.unwrap()) }

export const countryResource: Resource<Country> = {
  fields,
  includes: {
    capital,
    currencies: {
      populate: ['currencies'],
      show: (country) => byCode(country.currencies).map(({ code, name, symbol }) => ({ code, name, symbol })),
    },
    languages: {
      populate: ['languages'],
      show: (country) => byCode(country.languages).map(({ code, name }) => ({ code, name })),
    },
    neighbours: {
      populate: ['neighbours'],
      show: (country) => byCode(country.neighbours).map(showCountryBriefly),
    },
    timezones: {
      populate: ['timezones'],
      show: (country) => country.timezones.map(({ name }) => name).sort(),
    },
    translations: { populate: ['translations'], show: (country) => country.translations },
  },
}

/** A neighbour as `/v1/countries/{code}/neighbours` shows it. */
export const neighbourResource: Resource<Country> = { fields, includes: { capital } }
