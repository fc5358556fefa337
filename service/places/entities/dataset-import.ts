import { defineEntity, p } from '@mikro-orm/core'
import type { ImportReport } from '../import/index.ts'

const DatasetImportSchema = defineEntity({
  name: 'DatasetImport',
  properties: {
    id: p.integer().primary(),
    importedAt: p.datetime().defaultRaw('now()'),
    report: p.json().$type<ImportReport>(),
  },
})

/** One finished import: the newest row is what `/v1/dataset` shows. */
export class DatasetImport extends DatasetImportSchema.class {}
DatasetImportSchema.setClass(DatasetImport)
