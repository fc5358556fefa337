export { createOrm } from './orm.ts'
export { datasetVersion, importInto, pingDatabase, prepareDatabase } from './prepare.ts'
