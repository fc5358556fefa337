import { foldName } from '../fold-name.ts'
import type { Row } from './copy.ts'
import { alternateNames, callingCodes, countrySearchKey } from './recipe.ts'
import type { SourceCity, SourceCountry } from './sources.ts'

/** A kept city with the subdivision that it was found to lie in. */
export interface KeptCity extends SourceCity {
  readonly subdivision: string | null
}

export function countryRow(country: SourceCountry): Row {
  return [
    country.cca2,
    country.cca3,
    country.ccn3 === '' ? null : country.ccn3,
    country.name.common,
    foldName(country.name.common),
    countrySearchKey(country),
    country.name.official,
    { ...country.name.native },
    country.translations,
    country.region,
    country.subregion === '' ? null : country.subregion,
    country.latlng[0],
    country.latlng[1],
    country.area < 0 ? null : country.area,
    country.landlocked,
    country.independent,
    country.unMember,
    country.flag,
    callingCodes(country.idd),
    country.tld,
  ]
}

export function subdivisionRow({ code, name }: { code: string; name: string }): Row {
  return [code, name, foldName(name), code.slice(0, code.indexOf('.'))]
}

export function cityRow(city: KeptCity): Row {
  return [
    city.id,
    city.name,
    city.asciiName,
    foldName(city.name),
    city.latitude,
    city.longitude,
    city.featureCode,
    city.country,
    city.subdivision,
    city.timezone,
    city.population === 0 ? null : city.population,
    city.elevation === '' ? null : Number(city.elevation),
  ]
}

export function* cityNameRows(cities: Iterable<KeptCity>): Generator<Row> {
  for (const city of cities) for (const name of alternateNames(city)) yield [city.id, name]
}

/** Languages or currencies, each once, from the countries that have them. */
export function distinctRows<T>(
  countries: readonly SourceCountry[],
  pick: (country: SourceCountry) => Readonly<Record<string, T>>,
  row: (code: string, value: T) => Row,
): Row[] {
  const found = new Map<string, T>()
  for (const country of countries) for (const [code, value] of Object.entries(pick(country))) found.set(code, value)
  return [...found].map(([code, value]) => row(code, value))
}

/** Pairs of a country and each code that belongs to it. */
export function pairs(countries: readonly SourceCountry[], pick: (country: SourceCountry) => readonly string[]): Row[] {
  return countries.flatMap((country) => pick(country).map((code) => [country.cca2, code]))
}
