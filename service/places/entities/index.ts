import { City, CityName, Subdivision } from './city.ts'
import { Country, Currency, Language } from './country.ts'
import { DatasetImport } from './dataset-import.ts'
import { Correction, Revision } from './editing.ts'
import { Timezone } from './timezone.ts'

export { City, Correction, Country, Currency, DatasetImport, Language, Revision, Subdivision, Timezone }
export type { CountryName } from './country.ts'
export type { CorrectionState, EditTarget, Patch } from './editing.ts'

/** Every entity of the domain, for the ORM's configuration. */
export const entities = [
  Country,
  Language,
  Currency,
  Subdivision,
  City,
  CityName,
  Timezone,
  Revision,
  Correction,
  DatasetImport,
]
