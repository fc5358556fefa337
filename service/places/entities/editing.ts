import { defineEntity, p } from '@mikro-orm/core'

/** What an editor or a correction can change. `id` is a geonameid or an alpha-2 code. */
export type EditTarget = 'city' | 'country'
export type CorrectionState = 'submitted' | 'approved' | 'rejected'
/** RFC 7396 merge patch over the target's own properties. */
export type Patch = Record<string, unknown>

const RevisionSchema = defineEntity({
  name: 'Revision',
  properties: {
    id: p.integer().primary(),
    targetType: p.text().$type<EditTarget>(),
    targetId: p.text(),
    patch: p.json().$type<Patch>(),
    /** The target's version after this change. */
    version: p.integer(),
    createdAt: p.datetime().defaultRaw('now()'),
  },
  indexes: [{ properties: ['targetType', 'targetId', 'id'] }],
})

/** One change by an editor. Append-only: an import leaves every property named here as the editor set it. */
export class Revision extends RevisionSchema.class {}
RevisionSchema.setClass(Revision)

const CorrectionSchema = defineEntity({
  name: 'Correction',
  properties: {
    id: p.uuid().primary().defaultRaw('gen_random_uuid()'),
    targetType: p.text().$type<EditTarget>(),
    targetId: p.text(),
    patch: p.json().$type<Patch>(),
    state: p.text().$type<CorrectionState>().default('submitted'),
    submitter: p.text().nullable(),
    reviewer: p.text().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
    reviewedAt: p.datetime().nullable(),
  },
})

/** A change that somebody proposes and an editor approves or rejects. */
export class Correction extends CorrectionSchema.class {}
CorrectionSchema.setClass(Correction)
