import { foldName } from '../fold-name.ts'
import type { SourceCity, SourceCountry, SourcePlace } from './sources.ts'

/** Parts, former and abandoned places, and historical capitals: GeoNames lists them, people don't call them cities. */
const notCities: Readonly<Record<string, string>> = {
  PPLX: 'section of a populated place',
  PPLH: 'historical populated place',
  PPLQ: 'abandoned populated place',
  PPLW: 'destroyed populated place',
  PPLCH: 'historical capital',
}
const seats = new Set(['PPLC', 'PPLA', 'PPLA2', 'PPLA3'])
const leastPopulation = 1_000

/** Why a row is not kept, in words for the report; undefined for a city. */
export function whyDropped(city: Pick<SourceCity, 'featureCode' | 'population'>): string | undefined {
  const kind = notCities[city.featureCode]
  if (kind !== undefined) return `${kind} (${city.featureCode})`
  if (city.population >= leastPopulation || seats.has(city.featureCode)) return undefined
  return 'fewer than 1,000 inhabitants and no seat of an administration'
}

/** Degrees within which two records of one name in one country are one place. */
const samePlace = 0.1

export type SubdivisionRepair = (
  city: Pick<SourceCity, 'country' | 'name' | 'latitude' | 'longitude'>,
) => string | undefined

/**
 * Finds the subdivision of a city whose own code is no longer in use: that of the nearest place of the same name, in
 * the same country, within 0.1 degrees.
 */
export function subdivisionRepair(places: Iterable<SourcePlace>, known: ReadonlySet<string>): SubdivisionRepair {
  const byName = new Map<string, SourcePlace[]>()
  for (const place of places) {
    const key = `${place.country}.${place.name}`
    const same = byName.get(key)
    if (same) same.push(place)
    else byName.set(key, [place])
  }
  return (city) => {
    let nearest: { code: string; distance: number } | undefined
    for (const place of byName.get(`${city.country}.${city.name}`) ?? []) {
      const code = `${place.country}.${place.admin1}`
      const distance = Math.max(
        Math.abs(Number(place.lat) - city.latitude),
        Math.abs(Number(place.lng) - city.longitude),
      )
      if (distance > samePlace || !known.has(code)) continue
      if (!nearest || distance < nearest.distance) nearest = { code, distance }
    }
    return nearest?.code
  }
}

/** GeoNames joins alternate names by commas; the city's own name and repetitions are left out. */
export function alternateNames(city: Pick<SourceCity, 'name' | 'alternateNames'>): string[] {
  const names = new Set(city.alternateNames.split(','))
  names.delete('')
  names.delete(city.name)
  return [...names]
}

/**
 * International calling codes as dialled: `['+33']`, `['+1809', '+1829', '+1849']`. The area codes that the source
 * lists for the members of zones 1 and 7 are not calling codes of their own.
 */
export function callingCodes({ root, suffixes }: SourceCountry['idd']): string[] {
  if (root === '') return []
  const areaCodes = root === '+7' || (root === '+1' && suffixes.length > 10)
  return areaCodes || suffixes.length === 0 ? [root] : suffixes.map((suffix) => root + suffix)
}

/** Every name of a country in every language that the source has, folded, a space before each word, one a line. */
export function countrySearchKey(country: SourceCountry): string {
  const names = [country.name, ...Object.values(country.name.native), ...Object.values(country.translations)]
  const all = [...names.flatMap(({ common, official }) => [common, official]), ...country.altSpellings, country.cca3]
  return [...new Set(all.map(foldName))].map((name) => ` ${name}`).join('\n')
}
