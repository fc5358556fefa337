import { defineEntity, p } from '@mikro-orm/core'
import { Country } from './country.ts'
import { Timezone } from './timezone.ts'

const SubdivisionSchema = defineEntity({
  name: 'Subdivision',
  properties: {
    /** GeoNames' first-order code, such as `FR.11`: not ISO 3166-2. */
    geonamesCode: p.text().primary(),
    name: p.text(),
    /** `name` folded by foldName(): what `sort=name` compares. */
    nameKey: p.text().collation('C'),
    country: () => p.manyToOne(Country).ref(),
  },
  indexes: [{ properties: ['country', 'nameKey'] }],
})

export class Subdivision extends SubdivisionSchema.class {}
SubdivisionSchema.setClass(Subdivision)

const CitySchema = defineEntity({
  name: 'City',
  properties: {
    /** GeoNames' geonameid. */
    id: p.integer().primary().autoincrement(false),
    name: p.text(),
    asciiName: p.text(),
    /** `name` folded by foldName(): what `q` and `sort=name` compare. */
    nameKey: p.text().collation('C'),
    latitude: p.double(),
    longitude: p.double(),
    /** GeoNames feature code of class P: `PPLC` is a capital, `PPLA` a seat of a first-order subdivision. */
    featureCode: p.text(),
    country: () => p.manyToOne(Country).ref(),
    subdivision: () => p.manyToOne(Subdivision).ref().nullable(),
    timezone: () => p.manyToOne(Timezone).ref(),
    /** Inhabitants; null where GeoNames says 0, its word for unknown. */
    population: p.integer().nullable(),
    /** `population` with unknown as 0: keyset pagination needs a column that is never null. */
    populationRank: p.integer().generated('(coalesce(population, 0)) stored'),
    /** Metres above sea level; null where GeoNames knows none. */
    elevation: p.integer().nullable(),
    alternateNames: () => p.oneToMany(CityName).mappedBy('city'),
    version: p.integer().default(1),
    updatedAt: p.datetime().defaultRaw('now()'),
  },
  // One index for each filter and sort that a list route pages by: the keyset (key, id) closes it.
  indexes: [
    { properties: ['populationRank', 'id'] },
    { properties: ['country', 'populationRank', 'id'] },
    { properties: ['subdivision', 'populationRank', 'id'] },
    { properties: ['timezone', 'populationRank', 'id'] },
    { properties: ['nameKey', 'id'] },
    { properties: ['country', 'nameKey', 'id'] },
    { properties: ['subdivision', 'nameKey', 'id'] },
  ],
})

export class City extends CitySchema.class {}
CitySchema.setClass(City)

const CityNameSchema = defineEntity({
  name: 'CityName',
  properties: {
    city: () => p.manyToOne(City).ref().primary().deleteRule('cascade'),
    name: p.text().primary(),
  },
})

/** An alternate name of a city, in any language or script. */
export class CityName extends CityNameSchema.class {}
CityNameSchema.setClass(CityName)
