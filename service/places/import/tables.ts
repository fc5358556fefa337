import type { EditTarget } from '../entities/index.ts'

/** A table that the import fills: its columns in the order of the rows, and how an editor's changes map on it. */
export interface ImportTable {
  readonly name: string
  readonly key: readonly string[]
  readonly columns: readonly string[]
  /** `table.column`s that keep a row alive though it is no longer in the source: those of cities that were edited. */
  readonly usedBy?: readonly string[]
  /** Set where editors can change rows: property of the entity → the columns that follow from it. */
  readonly editable?: { readonly target: EditTarget; readonly columns: Readonly<Record<string, readonly string[]>> }
  /** Set where the rows are a property of the row that their first column refers to: kept whole once that was edited. */
  readonly memberOf?: { readonly target: EditTarget; readonly property: string }
}

const pivot = (name: string, other: string, property: string): ImportTable => ({
  name,
  key: ['country_code', other],
  columns: ['country_code', other],
  memberOf: { target: 'country', property },
})

/** Listed so that each table comes after those it refers to. The capital of a country is set apart, at the end. */
export const tables = {
  language: {
    name: 'language',
    key: ['code'],
    usedBy: ['country_language.language_code'],
    columns: ['code', 'name'],
  },
  currency: {
    name: 'currency',
    key: ['code'],
    usedBy: ['country_currency.currency_code'],
    columns: ['code', 'name', 'symbol'],
  },
  timezone: {
    name: 'timezone',
    key: ['name'],
    usedBy: ['city.timezone_name', 'country_timezone.timezone_name'],
    columns: ['name'],
  },
  country: {
    name: 'country',
    key: ['code'],
    usedBy: ['city.country_code', 'subdivision.country_code'],
    columns: [
      'code',
      'alpha3',
      'numeric_code',
      'name',
      'name_key',
      'search_key',
      'official_name',
      'native_names',
      'translations',
      'region',
      'subregion',
      'latitude',
      'longitude',
      'area',
      'landlocked',
      'independent',
      'un_member',
      'flag',
      'calling_codes',
      'top_level_domains',
    ],
    editable: {
      target: 'country',
      columns: {
        alpha3: ['alpha3', 'search_key'],
        numericCode: ['numeric_code'],
        name: ['name', 'name_key', 'search_key'],
        officialName: ['official_name', 'search_key'],
        nativeNames: ['native_names', 'search_key'],
        translations: ['translations', 'search_key'],
        region: ['region'],
        subregion: ['subregion'],
        latitude: ['latitude'],
        longitude: ['longitude'],
        area: ['area'],
        landlocked: ['landlocked'],
        independent: ['independent'],
        unMember: ['un_member'],
        flag: ['flag'],
        callingCodes: ['calling_codes'],
        topLevelDomains: ['top_level_domains'],
      },
    },
  },
  subdivision: {
    name: 'subdivision',
    key: ['geonames_code'],
    usedBy: ['city.subdivision_geonames_code'],
    columns: ['geonames_code', 'name', 'name_key', 'country_code'],
  },
  city: {
    name: 'city',
    key: ['id'],
    columns: [
      'id',
      'name',
      'ascii_name',
      'name_key',
      'latitude',
      'longitude',
      'feature_code',
      'country_code',
      'subdivision_geonames_code',
      'timezone_name',
      'population',
      'elevation',
    ],
    editable: {
      target: 'city',
      columns: {
        name: ['name', 'ascii_name', 'name_key'],
        asciiName: ['ascii_name'],
        latitude: ['latitude'],
        longitude: ['longitude'],
        featureCode: ['feature_code'],
        country: ['country_code'],
        subdivision: ['subdivision_geonames_code'],
        timezone: ['timezone_name'],
        population: ['population'],
        elevation: ['elevation'],
      },
    },
  },
  cityName: {
    name: 'city_name',
    key: ['city_id', 'name'],
    columns: ['city_id', 'name'],
    memberOf: { target: 'city', property: 'alternateNames' },
  },
  countryLanguage: pivot('country_language', 'language_code', 'languages'),
  countryCurrency: pivot('country_currency', 'currency_code', 'currencies'),
  countryNeighbour: pivot('country_neighbour', 'neighbour_code', 'neighbours'),
  countryTimezone: pivot('country_timezone', 'timezone_name', 'timezones'),
} as const satisfies Record<string, ImportTable>

/** The temporary table that a table's rows are copied into before they are merged. */
export function stagingName(table: ImportTable): string {
  return `staged_${table.name}`
}
