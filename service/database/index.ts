export { createOrm } from './orm.ts'
export { importInto, pingDatabase, prepareDatabase } from './prepare.ts'
