import type { ClientBase } from 'pg'
import { foldName } from '../fold-name.ts'
import type { KeptCity } from './rows.ts'
import type { SourceCountry } from './sources.ts'

export interface Capitals {
  /** Alpha-2 code → geonameid. */
  readonly cityOf: ReadonlyMap<string, number>
  readonly byFeatureCode: number
  readonly byName: number
  readonly none: number
}

/** The capital of each country: the city that GeoNames marks so (PPLC), else its largest one of the capital's name. */
export function findCapitals(countries: readonly SourceCountry[], cities: readonly KeptCity[]): Capitals {
  const marked = new Map<string, number>()
  for (const city of cities) if (city.featureCode === 'PPLC') marked.set(city.country, city.id)
  const unmarked = new Map(
    countries.filter(({ cca2 }) => !marked.has(cca2)).map(({ cca2, capital }) => [cca2, capital.map(foldName)]),
  )
  const named = new Map<string, KeptCity>()
  for (const city of cities) {
    const isNamed = unmarked.get(city.country)?.includes(foldName(city.name)) === true
    if (isNamed && city.population >= (named.get(city.country)?.population ?? 0)) named.set(city.country, city)
  }
  const cityOf = new Map(marked)
  for (const [country, city] of named) cityOf.set(country, city.id)
  return { cityOf, byFeatureCode: marked.size, byName: named.size, none: countries.length - cityOf.size }
}

/** Sets the capitals that differ, but those an editor has set. Returns how many. */
export async function setCapitals(client: ClientBase, { cityOf }: Capitals): Promise<number> {
  const { rowCount } = await client.query(
    // A row that this very transaction wrote has its time: its version has been counted already.
    `update country set capital_id = capital.city,
       version = case when updated_at = now() then version else version + 1 end, updated_at = now()
     from (select country.code, given.city from country
           left join unnest($1::text[], $2::int[]) as given (code, city) on given.code = country.code) as capital
     where country.code = capital.code and country.capital_id is distinct from capital.city
       and not exists (select from revision where target_type = 'country'
         and target_id = country.code and patch ? 'capital')`,
    [[...cityOf.keys()], [...cityOf.values()]],
  )
  return rowCount ?? 0
}
