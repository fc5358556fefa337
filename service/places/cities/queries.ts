import { raw, type EntityManager } from '@mikro-orm/postgresql'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { City } from '../entities/index.ts'
import { escapeLike } from '../parameters.ts'

export interface CityFilters {
  readonly country?: string | undefined
  readonly subdivision?: string | undefined
  readonly timezone?: string | undefined
  readonly minPopulation?: number | undefined
  /** Folded: matches the beginnings of names. */
  readonly q?: string | undefined
}

export interface CityPage {
  readonly sort: string
  readonly limit: number
  readonly cursor?: string | undefined
}

const sortKeys = { population: 'populationRank', name: 'nameKey' } as const

/**
 * A page of cities by keyset, so that the thousandth page costs what the first does; null cursor at the end. One query,
 * and one more where alternate names are populated.
 */
export async function findCities(
  em: EntityManager,
  filters: CityFilters,
  { sort, limit, cursor }: CityPage,
  populate: readonly string[],
): Promise<{ cities: City[]; nextCursor: string | null }> {
  const descending = sort.startsWith('-')
  const property = sort.endsWith('population') ? sortKeys.population : sortKeys.name
  const direction = descending ? 'desc' : 'asc'
  const query = em
    .createQueryBuilder(City, 'c')
    .select('*')
    .where(whereOf(filters))
    .orderBy([{ [property]: direction }, { id: direction }])
    .limit(limit + 1)
  if (cursor !== undefined) {
    const after = decodeCursor(cursor, sort, property === 'nameKey' ? 'string' : 'number')
    // A row comparison (PostgreSQL manual, 9.25.5) is one range of the index; the same in ANDs and ORs isn't.
    const columns = property === 'nameKey' ? 'c.name_key' : 'c.population_rank'
    query.andWhere(raw(`(${columns}, c.id) ${descending ? '<' : '>'} (?, ?)`, [after.key, after.id]))
  }
  const found = await query.getResultList()
  const cities = found.slice(0, limit)
  await em.populate(cities, populate as never)
  const last = cities.at(-1)
  const more = found.length > limit && last !== undefined
  return { cities, nextCursor: more ? encodeCursor(sort, { key: last[property] ?? 0, id: last.id }) : null }
}

function whereOf({ country, subdivision, timezone, minPopulation, q }: CityFilters) {
  return {
    ...(country !== undefined && { country }),
    ...(subdivision !== undefined && { subdivision }),
    ...(timezone !== undefined && { timezone }),
    ...(minPopulation !== undefined && { populationRank: { $gte: minPopulation } }),
    ...(q !== undefined && { nameKey: { $like: `${escapeLike(q)}%` } }),
  }
}
