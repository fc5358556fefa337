import type { EntityManager } from '@mikro-orm/postgresql'
import * as z from 'zod'
import { endpoint, list } from '../endpoint.ts'
import { Country, Currency, Language, Timezone } from '../entities/index.ts'

const nothing = z.strictObject({})

export const timezoneList = endpoint({
  path: '/v1/timezones',
  params: nothing,
  query: nothing,
  async handle({ em }) {
    const timezones = await em.find(Timezone, {}, { populate: ['countries:ref'], orderBy: { name: 'asc' } })
    return list(timezones.map(({ name, countries }) => ({ name, countries: codesOf(countries) })))
  },
})

export const languageList = endpoint({
  path: '/v1/languages',
  params: nothing,
  query: nothing,
  async handle({ em }) {
    const languages = await em.find(Language, {}, { populate: ['countries:ref'], orderBy: { code: 'asc' } })
    return list(languages.map(({ code, name, countries }) => ({ code, name, countries: codesOf(countries) })))
  },
})

export const currencyList = endpoint({
  path: '/v1/currencies',
  params: nothing,
  query: nothing,
  async handle({ em }) {
    const currencies = await em.find(Currency, {}, { populate: ['countries:ref'], orderBy: { code: 'asc' } })
    return list(
      currencies.map(({ code, name, symbol, countries }) => ({ code, name, symbol, countries: codesOf(countries) })),
    )
  },
})

export const regionList = endpoint({
  path: '/v1/regions',
  params: nothing,
  query: nothing,
  handle: async ({ em }) => list(await countRegions(em)),
})

interface Region {
  readonly name: string
  countryCount: number
  readonly subregions: { name: string; countryCount: number }[]
}

async function countRegions(em: EntityManager): Promise<Region[]> {
  const countries = await em.findAll(Country, {
    fields: ['region', 'subregion'],
    orderBy: { region: 'asc', subregion: 'asc' },
  })
  const regions = new Map<string, Region>()
  for (const { region: name, subregion } of countries) {
    const region = regions.get(name) ?? { name, countryCount: 0, subregions: [] }
    regions.set(name, region)
    region.countryCount += 1
    if (subregion == null) continue
    const last = region.subregions.at(-1)
    if (last?.name === subregion) last.countryCount += 1
    else region.subregions.push({ name: subregion, countryCount: 1 })
  }
  return [...regions.values()]
}

function codesOf(countries: Iterable<{ readonly code: string }>): string[] {
  return [...countries].map(({ code }) => code).sort()
}
