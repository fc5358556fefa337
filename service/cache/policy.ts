import { inspect } from 'node:util'
import type { Context } from 'koa'

/** A positive time: `'250ms'`, `'60s'`, `'5m'`, `'1h'`, `'1d'`, or milliseconds as a number. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

/** Which query parameters a response depends on. */
export type QueryPolicy = readonly string[] | ((ctx: Context) => Iterable<readonly [name: string, value: string]>)

/** How the responses of one route are cached. */
export interface Policy {
  /** The freshness lifetime (RFC 9111 §4.2); a handler's own `max-age` may shorten it. */
  readonly ttl: Duration
  /** The route's template, for keys and events. Default: what @koa/router matched. */
  readonly route?: string | undefined
  /**
   * The query parameters that are part of the key. A list: a request with any other parameter isn't cached. A
   * function: the canonical pairs, as the handler understands them; others are ignored. Missing: the response depends
   * on no parameter, whatever is sent.
   */
  readonly query?: QueryPolicy | undefined
  /** `false` switches the cache off for this route. */
  readonly enabled?: boolean | undefined
}

/** A policy with its defaults, checked. */
export interface CheckedPolicy {
  readonly ttlMs: number
  readonly route: string | undefined
  readonly query: QueryPolicy | undefined
  readonly enabled: boolean
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** RFC 9111 §1.2.2: the most delta-seconds that every cache understands. */
const MAX_TTL_MS = 2 ** 31 * 1_000

/** @throws TypeError that names the wrong option, what was expected and what was got */
export function checkPolicy(policy: Policy): CheckedPolicy {
  const { ttl, route, query, enabled = true } = policy
  if (route !== undefined && (typeof route !== 'string' || route === '')) {
    throw expected('route', "a route's template such as '/v1/countries'", route)
  }
  if (query !== undefined && typeof query !== 'function' && !isListOfNames(query)) {
    throw expected('query', 'a list of parameter names or a function', query)
  }
  if (typeof enabled !== 'boolean') throw expected('enabled', 'a boolean', enabled)
  const names = Array.isArray(query) ? Object.freeze([...query]) : query
  return { ttlMs: durationMs('ttl', ttl), route, query: names, enabled }
}

/** A duration in milliseconds. @throws TypeError */
export function durationMs(option: string, duration: Duration): number {
  const ms = typeof duration === 'number' ? duration : parseDuration(duration)
  if (!Number.isSafeInteger(ms) || ms <= 0 || ms > MAX_TTL_MS) {
    throw expected(option, "a positive duration such as '60s' or '1h'", duration)
  }
  return ms
}

/** `Expected \`ttl\` to be …, got …`: the house's words for a wrong option. */
export function expected(option: string, what: string, got: unknown): TypeError {
  return new TypeError(`Expected \`${option}\` to be ${what}, got ${inspect(got)}`)
}

function parseDuration(text: unknown): number {
  const [, amount = '', unit = ''] = (typeof text === 'string' && /^(\d+)(ms|[smhd])$/.exec(text)) || []
  return Number(amount) * (UNITS[unit] ?? Number.NaN)
}

function isListOfNames(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string' && name !== '')
}
