import * as z from 'zod'
import { Problem } from '../../http/index.ts'
import { endpoint, list } from '../endpoint.ts'
import { City, Correction, Revision } from '../entities/index.ts'
import { geonameId } from '../parameters.ts'

/** The changes that editors have made to a city, oldest first. */
export const cityRevisions = endpoint({
  path: '/v1/cities/:id/revisions',
  params: z.strictObject({ id: geonameId }),
  query: z.strictObject({}),
  async handle({ em, params: { id } }) {
    const revisions = await em.find(
      Revision,
      { targetType: 'city', targetId: String(id) },
      { orderBy: { id: 'asc' }, limit: mostRevisions },
    )
    if (revisions.length === 0 && (await em.count(City, { id })) === 0) {
      throw new Problem('not-found', { detail: `Expected the geonameid of a city, got ${id}` })
    }
    return list(
      revisions.map(({ version, patch, createdAt }) => ({ version, patch, createdAt: createdAt.toISOString() })),
    )
  },
})

/** A city has a handful; the bound keeps the answer one of a sane size whatever happens. */
const mostRevisions = 1_000

/** A proposed change and what became of it. Who sent it, and who decided, is not for everybody. */
export const correctionDetail = endpoint({
  path: '/v1/corrections/:id',
  params: z.strictObject({ id: z.uuid('the UUID that a correction was given') }),
  query: z.strictObject({}),
  async handle({ em, params: { id } }) {
    const correction = await em.findOne(Correction, { id })
    if (!correction) throw new Problem('not-found', { detail: `Expected the id of a correction, got ${id}` })
    const { targetType, targetId, patch, state, createdAt, reviewedAt } = correction
    return {
      body: {
        id,
        target: { type: targetType, id: targetId },
        patch,
        state,
        createdAt: createdAt.toISOString(),
        reviewedAt: reviewedAt?.toISOString() ?? null,
      },
    }
  },
})
