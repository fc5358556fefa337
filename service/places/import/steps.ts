import type { ClientBase } from 'pg'
import { bulkLoad, isEmpty } from './bulk-load.ts'
import { findCapitals, setCapitals, type Capitals } from './capitals.ts'
import type { Row } from './copy.ts'
import { merge, removeMissing, stage, type Changes } from './merge.ts'
import { subdivisionRepair, whyDropped } from './recipe.ts'
import type { ImportReport } from './report.ts'
import { cityNameRows, cityRow, countryRow, distinctRows, pairs, subdivisionRow, type KeptCity } from './rows.ts'
import { describeSources, readCities, readCountries, readPlaces, readSubdivisions } from './sources.ts'
import { tables, type ImportTable } from './tables.ts'

/** A part of the import: `run` does it, and returns what to say of it. */
export interface ImportStep {
  readonly title: string
  readonly run: () => Promise<string>
}

/** The import in order, over one client in one open transaction; `report()` once every step has run. */
export function importSteps(client: ClientBase): { steps: readonly ImportStep[]; report(): Promise<ImportReport> } {
  const began = performance.now()
  const staged: ImportTable[] = []
  const counts = new Map<ImportTable, number>()
  const changes: Changes = { inserted: 0, updated: 0, removed: 0, edited: 0 }
  const dropped: Record<string, number> = {}
  let countries: Awaited<ReturnType<typeof readCountries>> = []
  let subdivisions: Awaited<ReturnType<typeof readSubdivisions>> = []
  const cities: KeptCity[] = []
  let capitals: Capitals | undefined
  let read = 0
  let subdivisionRepaired = 0

  async function fill(table: ImportTable, rows: Iterable<Row>): Promise<number> {
    if (await isEmpty(client, table)) {
      const loaded = await bulkLoad(client, table, rows)
      counts.set(table, loaded)
      changes.inserted += loaded
      return loaded
    }
    const count = await stage(client, table, rows)
    counts.set(table, count)
    staged.push(table)
    const { inserted, updated, edited } = await merge(client, table)
    changes.inserted += inserted
    changes.updated += updated
    changes.edited += edited
    return count
  }

  const steps: ImportStep[] = [
    {
      title: 'Read and choose',
      async run() {
        const [countryList, subdivisionList, places] = await Promise.all([
          readCountries(),
          readSubdivisions(),
          readPlaces(),
        ])
        countries = countryList
        subdivisions = subdivisionList
        const known = new Set(subdivisions.map(({ code }) => code))
        const repair = subdivisionRepair(places, known)
        for await (const city of readCities()) {
          read += 1
          const reason = whyDropped(city)
          if (reason !== undefined) {
            dropped[reason] = (dropped[reason] ?? 0) + 1
            continue
          }
          const code = `${city.country}.${city.admin1}`
          const repaired = known.has(code) ? undefined : repair(city)
          if (repaired !== undefined) subdivisionRepaired += 1
          cities.push({ ...city, subdivision: known.has(code) ? code : (repaired ?? null) })
        }
        return `${cities.length} of ${read} cities kept, ${subdivisionRepaired} repaired`
      },
    },
    {
      title: 'Countries',
      async run() {
        await fill(
          tables.language,
          distinctRows(
            countries,
            (country) => country.languages,
            (code, name) => [code, name],
          ),
        )
        await fill(
          tables.currency,
          distinctRows(
            countries,
            (country) => country.currencies,
            (code, { name, symbol }) => [code, name, symbol],
          ),
        )
        await fill(
          tables.timezone,
          [...new Set(cities.map(({ timezone }) => timezone))].map((name) => [name]),
        )
        return `${await fill(tables.country, countries.map(countryRow))} countries`
      },
    },
    {
      title: 'Subdivisions',
      run: async () => `${await fill(tables.subdivision, subdivisions.map(subdivisionRow))} subdivisions`,
    },
    { title: 'Cities', run: async () => `${await fill(tables.city, cities.map(cityRow))} cities` },
    {
      title: 'Alternate names',
      run: async () => `${await fill(tables.cityName, cityNameRows(cities))} names`,
    },
    {
      title: 'Capitals, borders, languages, currencies, time zones',
      async run() {
        const codes = new Map(countries.map(({ cca3, cca2 }) => [cca3, cca2]))
        const zones = new Map<string, Set<string>>()
        for (const { country, timezone } of cities) {
          zones.set(country, (zones.get(country) ?? new Set()).add(timezone))
        }
        await fill(
          tables.countryLanguage,
          pairs(countries, ({ languages }) => Object.keys(languages)),
        )
        await fill(
          tables.countryCurrency,
          pairs(countries, ({ currencies }) => Object.keys(currencies)),
        )
        await fill(
          tables.countryTimezone,
          pairs(countries, ({ cca2 }) => [...(zones.get(cca2) ?? [])]),
        )
        const borders = await fill(
          tables.countryNeighbour,
          pairs(countries, (country) => country.borders.flatMap((alpha3) => codes.get(alpha3) ?? [])),
        )
        capitals = findCapitals(countries, cities)
        await setCapitals(client, capitals)
        return `${capitals.cityOf.size} capitals, ${borders} border edges`
      },
    },
    {
      title: 'Remove what the sources no longer have',
      async run() {
        // Those that refer to others first; what was loaded into an empty table has nothing to remove.
        const order = Object.values<ImportTable>(tables).toReversed()
        for (const table of order.filter((each) => staged.includes(each)))
          changes.removed += await removeMissing(client, table)
        return `${changes.removed} rows`
      },
    },
  ]

  const report = async (): Promise<ImportReport> => ({
    sources: await describeSources(),
    countries: counts.get(tables.country) ?? 0,
    languages: counts.get(tables.language) ?? 0,
    currencies: counts.get(tables.currency) ?? 0,
    borders: counts.get(tables.countryNeighbour) ?? 0,
    subdivisions: counts.get(tables.subdivision) ?? 0,
    timezones: counts.get(tables.timezone) ?? 0,
    capitals: {
      byFeatureCode: capitals?.byFeatureCode ?? 0,
      byName: capitals?.byName ?? 0,
      none: capitals?.none ?? 0,
    },
    cities: {
      read,
      kept: cities.length,
      dropped,
      subdivisionRepaired,
      withoutSubdivision: cities.filter(({ subdivision }) => subdivision === null).length,
      populationUnknown: cities.filter(({ population }) => population === 0).length,
    },
    alternateNames: counts.get(tables.cityName) ?? 0,
    changes,
    durationMs: Math.round(performance.now() - began),
  })
  return { steps, report }
}
