export { cityDetail, cityList, countryCities, subdivisionCities } from './routes.ts'
