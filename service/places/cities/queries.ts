import type { EntityManager } from '@mikro-orm/postgresql'
import type { SelectQueryBuilder, Selectable } from 'kysely'
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

/** The table as far as pages are chosen by it. */
interface CityTable {
  city: {
    id: number
    name_key: string
    population_rank: number
    country_code: string
    subdivision_geonames_code: string | null
    timezone_name: string
  }
}

/**
 * A page of cities by keyset, so that the thousandth page costs what the first does; null cursor at the end. One query,
 * and one more for each relation that is populated.
 *
 * Through Kysely, which binds values as parameters: the ORM's raw fragments are formatted twice, and a `?` in a cursor
 * would take the place of another value.
 */
export async function findCities(
  em: EntityManager,
  filters: CityFilters,
  { sort, limit, cursor }: CityPage,
  populate: readonly string[],
): Promise<{ cities: City[]; nextCursor: string | null }> {
  const descending = sort.startsWith('-')
  const byName = sort.endsWith('name')
  const column = byName ? 'name_key' : 'population_rank'
  const direction = descending ? 'desc' : 'asc'
  let query = filtered(em.getKysely<CityTable>().selectFrom('city').selectAll(), filters)
    .orderBy(column, direction)
    .orderBy('id', direction)
    .limit(limit + 1)
  if (cursor !== undefined) {
    const { key, id } = decodeCursor(cursor, sort, byName ? 'string' : 'number')
    // A row comparison (PostgreSQL manual, 9.25.5) is one range of the index; the same in ANDs and ORs isn't.
    query = query.where((eb) => eb(eb.refTuple(column, 'id'), descending ? '<' : '>', eb.tuple(key, id)))
  }
  const rows = await query.execute()
  const cities = rows.slice(0, limit).map((row) => em.map(City, row))
  await em.populate(cities, populate as never)
  const last = cities.at(-1)
  const more = rows.length > limit && last !== undefined
  const key = byName ? last?.nameKey : last?.populationRank
  return { cities, nextCursor: more ? encodeCursor(sort, { key: key ?? 0, id: last.id }) : null }
}

type CityQuery = SelectQueryBuilder<CityTable, 'city', Selectable<CityTable['city']>>

function filtered(query: CityQuery, { country, subdivision, timezone, minPopulation, q }: CityFilters): CityQuery {
  let filtering = query
  if (country !== undefined) filtering = filtering.where('country_code', '=', country)
  if (subdivision !== undefined) filtering = filtering.where('subdivision_geonames_code', '=', subdivision)
  if (timezone !== undefined) filtering = filtering.where('timezone_name', '=', timezone)
  if (minPopulation !== undefined) filtering = filtering.where('population_rank', '>=', minPopulation)
  if (q !== undefined) filtering = filtering.where('name_key', 'like', `${escapeLike(q)}%`)
  return filtering
}
