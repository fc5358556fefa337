import { showCountryBriefly } from '../countries/index.ts'
import type { City } from '../entities/index.ts'
import type { Resource } from '../resource.ts'

export const cityResource: Resource<City> = {
  fields: {
    id: (city) => city.id,
    name: (city) => city.name,
    asciiName: (city) => city.asciiName,
    country: (city) => city.country.code,
    subdivision: (city) => city.subdivision?.geonamesCode ?? null,
    latitude: (city) => city.latitude,
    longitude: (city) => city.longitude,
    timezone: (city) => city.timezone.name,
    population: (city) => city.population ?? null,
    elevation: (city) => city.elevation ?? null,
    featureCode: (city) => city.featureCode,
    updatedAt: (city) => city.updatedAt.toISOString(),
  },
  includes: {
    alternateNames: {
      populate: ['alternateNames'],
      show: (city) => city.alternateNames.map(({ name }) => name).sort(),
    },
    countryDetails: { populate: ['country'], show: (city) => showCountryBriefly(city.country.unwrap()) },
    subdivisionDetails: {
      populate: ['subdivision'],
      show(city) {
        const subdivision = city.subdivision?.unwrap()
        return subdivision ? { geonamesCode: subdivision.geonamesCode, name: subdivision.name } : null
      },
    },
  },
}
