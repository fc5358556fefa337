import * as z from 'zod'
import { foldName } from './fold-name.ts'

/** PostgreSQL's integer. */
const largestInteger = 2_147_483_647

function integerParameter(least: number, most: number) {
  const message = `a whole number from ${least} to ${most}`
  return z
    .string()
    .regex(/^\d{1,10}$/, message)
    .transform(Number)
    .refine((value) => value >= least && value <= most, message)
}

export const populationParameter = integerParameter(0, largestInteger)
export const geonameId = integerParameter(1, largestInteger)
const limitParameter = integerParameter(1, 100).default(50)

/** A word to find in names: what is left of it once folded must not be empty. */
export const searchParameter = z
  .string()
  .max(100, 'at most 100 characters')
  .transform(foldName)
  .refine((text) => text !== '', 'text with at least one letter or digit')

export const countryParameter = z
  .string()
  .regex(/^[A-Za-z]{2}$/, 'an ISO 3166-1 alpha-2 code such as FR')
  .toUpperCase()
export const geonamesCode = z
  .string()
  .regex(/^[A-Za-z]{2}\.[A-Za-z0-9]{1,20}$/, 'a GeoNames subdivision code such as FR.11')
  .toUpperCase()

export function sortParameter<const Name extends string>(names: readonly [Name, ...Name[]]) {
  return z.enum(names, `one of ${names.join(', ')}`)
}

/** Pages by cursor, of at most `limit` rows. */
export const pageParameters = {
  limit: limitParameter,
  cursor: z.string().max(1_000, 'at most 1000 characters').optional(),
}

/** `%`, `_` and the escape itself, for a pattern of SQL's LIKE. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, String.raw`\$&`)
}
