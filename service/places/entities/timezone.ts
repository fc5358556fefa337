import { defineEntity, p } from '@mikro-orm/core'
import { Country } from './country.ts'

const TimezoneSchema = defineEntity({
  name: 'Timezone',
  properties: {
    /** IANA time zone name, such as `Europe/Paris`. */
    name: p.text().primary(),
    countries: () => p.manyToMany(Country).mappedBy('timezones'),
  },
})

export class Timezone extends TimezoneSchema.class {}
TimezoneSchema.setClass(Timezone)
