/** The list whose answer is largest: every country with what belongs to it. */
export const largeList = '/v1/countries?include=capital,languages,currencies,neighbours'

/** The routes that people use most, and those that cost most. */
export const routes = [
  '/__version__',
  '/v1/countries/FR',
  largeList,
  '/v1/countries',
  '/v1/countries/FR/subdivisions?include=cityCount',
  '/v1/countries/US/cities',
  '/v1/cities?q=san&limit=100',
  '/v1/cities/2988507?include=alternateNames',
  '/v1/timezones',
] as const
