export { entities } from './entities/index.ts'
export { describeReport, importPlaces, isDatasetEmpty, type ImportReport, type RunSteps } from './import/index.ts'
export { placesRouter, type PlacesPath } from './router.ts'
