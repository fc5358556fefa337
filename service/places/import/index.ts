export { importPlaces, isDatasetEmpty, type RunSteps } from './import-places.ts'
export { describeReport, type ImportReport } from './report.ts'
export type { ImportStep } from './steps.ts'
