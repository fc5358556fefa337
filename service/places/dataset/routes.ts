import * as z from 'zod'
import { Problem } from '../../http/index.ts'
import { endpoint } from '../endpoint.ts'
import { DatasetImport } from '../entities/index.ts'

const attribution = [
  'Contains country data by Mohammed Le Doze and contributors (world-countries), Open Database License 1.0.',
  'Contains data by GeoNames (geonames.org), Creative Commons Attribution 4.0.',
]

/** What is served: where it comes from, under which licences, how much of it, and since when. */
export const dataset = endpoint({
  path: '/v1/dataset',
  params: z.strictObject({}),
  query: z.strictObject({}),
  async handle({ em }) {
    const [newest] = await em.findAll(DatasetImport, { orderBy: { id: 'desc' }, limit: 1 })
    if (!newest)
      throw new Problem('not-found', { detail: 'Expected an imported data set, found none: run meridian import' })
    const { sources, ...counts } = newest.report
    return { body: { importedAt: newest.importedAt.toISOString(), attribution, sources, ...counts } }
  },
})
