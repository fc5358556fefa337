import { defineEntity, p } from '@mikro-orm/core'
import { City } from './city.ts'
import { Timezone } from './timezone.ts'

const LanguageSchema = defineEntity({
  name: 'Language',
  properties: {
    /** ISO 639-3 code. */
    code: p.text().primary(),
    name: p.text(),
    countries: () => p.manyToMany(Country).mappedBy('languages'),
  },
})

export class Language extends LanguageSchema.class {}
LanguageSchema.setClass(Language)

const CurrencySchema = defineEntity({
  name: 'Currency',
  properties: {
    /** ISO 4217 code. */
    code: p.text().primary(),
    name: p.text(),
    symbol: p.text(),
    countries: () => p.manyToMany(Country).mappedBy('currencies'),
  },
})

export class Currency extends CurrencySchema.class {}
CurrencySchema.setClass(Currency)

const CountrySchema = defineEntity({
  name: 'Country',
  properties: {
    /** ISO 3166-1 alpha-2 code; `XK` (Kosovo) is user-assigned. */
    code: p.text().primary(),
    alpha3: p.text().unique(),
    /** ISO 3166-1 numeric code, three digits; Kosovo has none. */
    numericCode: p.text().unique().nullable(),
    name: p.text(),
    /** `name` folded by foldName(): what `sort=name` compares. */
    nameKey: p.text().collation('C'),
    /** Every name in every language known, folded, a space before each word: `q` matches beginnings of words. */
    searchKey: p.text().lazy(),
    officialName: p.text(),
    /** ISO 639-3 code → the names in that language, for the country's own languages. */
    nativeNames: p.json().$type<Record<string, CountryName>>(),
    /** ISO 639-3 code → the names in that language. */
    translations: p.json().$type<Record<string, CountryName>>().lazy(),
    region: p.text().index(),
    subregion: p.text().nullable(),
    latitude: p.double(),
    longitude: p.double(),
    /** Square kilometres; null where the source has none. */
    area: p.double().nullable(),
    landlocked: p.boolean(),
    independent: p.boolean().nullable(),
    unMember: p.boolean(),
    flag: p.text(),
    callingCodes: p.array(),
    topLevelDomains: p.array(),
    capital: () => p.oneToOne(City).ref().owner().nullable().deleteRule('set null'),
    languages: () => p.manyToMany(Language).pivotTable('country_language').owner(),
    currencies: () => p.manyToMany(Currency).pivotTable('country_currency').owner(),
    neighbours: () =>
      p
        .manyToMany(Country)
        .pivotTable('country_neighbour')
        .joinColumn('country_code')
        .inverseJoinColumn('neighbour_code')
        .owner(),
    timezones: () => p.manyToMany(Timezone).pivotTable('country_timezone').owner(),
    version: p.integer().default(1),
    updatedAt: p.datetime().defaultRaw('now()'),
  },
})

export interface CountryName {
  readonly common: string
  readonly official: string
}

export class Country extends CountrySchema.class {}
CountrySchema.setClass(Country)
