export { countrySubdivisions, subdivisionDetail } from './routes.ts'
