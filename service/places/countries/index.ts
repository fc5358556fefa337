export { assertCountry } from './queries.ts'
export { showCountryBriefly } from './resource.ts'
export { anyCountryCode, countryDetail, countryList, countryNeighbours, redirectToCanonical } from './routes.ts'
