import type { Policy } from './cache/index.ts'
import type { PlacesPath } from './places/index.ts'

/**
 * How long each route's answers stay fresh: the one place where that is decided. `null` is never stored. Data that only
 * an import or an editor changes keeps for an hour; the `ttl` is also the `max-age` that clients are told.
 */
export const cachePolicies = {
  '/__version__': { ttl: '60s' },
  '/v1/countries': { ttl: '1h' },
  '/v1/countries/:code': { ttl: '1h' },
  '/v1/countries/:code/neighbours': { ttl: '1h' },
  '/v1/countries/:code/subdivisions': { ttl: '1h' },
  '/v1/countries/:code/cities': { ttl: '1h' },
  '/v1/subdivisions/:code': { ttl: '1h' },
  '/v1/subdivisions/:code/cities': { ttl: '1h' },
  '/v1/cities': { ttl: '10m' },
  '/v1/cities/:id': { ttl: '1h' },
  '/v1/cities/:id/revisions': { ttl: '60s' },
  '/v1/timezones': { ttl: '1h' },
  '/v1/languages': { ttl: '1h' },
  '/v1/currencies': { ttl: '1h' },
  '/v1/regions': { ttl: '1h' },
  '/v1/dataset': { ttl: '60s' },
  '/v1/corrections/:id': null,
} as const satisfies Record<PlacesPath | '/__version__', Pick<Policy, 'ttl'> | null>
