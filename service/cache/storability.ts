import type { OutgoingHttpHeaders } from 'node:http'
import { deltaMs, parseCacheControl, type Directives } from './cache-control.ts'
import { fieldValue } from './headers.ts'

/** What decides whether a response may be stored. Header names in lower case, as Node reports them. */
export interface Exchange {
  readonly method: string
  readonly hasAuthorization: boolean
  /** The request said `no-store`, and is listened to. */
  readonly requestNoStore: boolean
  readonly status: number
  readonly responseHeaders: OutgoingHttpHeaders
}

/** Why a response isn't stored: the `detail` of its Cache-Status. */
export type NotStoredReason =
  | 'head'
  | 'method'
  | 'request-no-store'
  | 'status'
  | 'set-cookie'
  | 'no-store'
  | 'private'
  | 'no-cache'
  | 'authorization'
  | 'vary'
  | 'content-encoding'

/** May a shared cache store this response (RFC 9111 §3)? `'yes'`, or the first rule against it. */
export function mayStore(exchange: Exchange): 'yes' | NotStoredReason {
  const shared = mayShare(exchange)
  if (shared !== 'yes') return shared
  // HEAD has no content to store: it only reads GET's entry (RFC 9110 §9.3.2).
  if (exchange.method === 'HEAD') return 'head'
  if (exchange.requestNoStore) return 'request-no-store' // RFC 9111 §5.2.1.5
  return 'yes'
}

/**
 * May others be given this response at all? The part of {@link mayStore} that is the same for whoever asks, so that
 * a response not stored for a passing reason still gets the same header fields.
 */
export function mayShare({ method, hasAuthorization, status, responseHeaders }: Exchange): 'yes' | NotStoredReason {
  if (method !== 'GET' && method !== 'HEAD') return 'method'
  // Errors least of all: a cached 500 outlives its cause. Others may follow by policy.
  if (status !== 200) return 'status'
  // §7.3: the RFC allows it; a cookie handed to everyone is the classic leak of shared caches.
  if (fieldValue(responseHeaders, 'set-cookie') !== '') return 'set-cookie'
  const directives = parseCacheControl(fieldValue(responseHeaders, 'cache-control'))
  if (directives.has('no-store')) return 'no-store' // §5.2.2.5
  if (directives.has('private')) return 'private' // §5.2.2.7; with field names as well: stricter than it asks
  if (directives.has('no-cache')) return 'no-cache' // §5.2.2.4: useless without revalidation, which isn't here yet
  if (hasAuthorization && !allowsAuthorization(directives)) return 'authorization' // §3.5
  // §4.1. Compression happens outside this cache, so what is stored doesn't vary by Accept-Encoding.
  if (fieldNames(responseHeaders, 'vary').some((name) => name !== 'accept-encoding')) return 'vary'
  // A handler that encodes by itself has chosen for one client; there are no variants yet.
  if (fieldNames(responseHeaders, 'content-encoding').some((name) => name !== 'identity')) return 'content-encoding'
  return 'yes'
}

/**
 * The freshness lifetime of a response here, in milliseconds: the policy's, or what the handler's own `s-maxage`,
 * `max-age` or `Expires` leaves of it (RFC 9111 §4.2.1). A handler may shorten a policy, never lengthen it.
 */
export function freshnessLifetime(headers: OutgoingHttpHeaders, policyMs: number, now: number): number {
  const directives = parseCacheControl(fieldValue(headers, 'cache-control'))
  const own = deltaMs(directives, 's-maxage') ?? deltaMs(directives, 'max-age') ?? untilExpires(headers, now)
  return own === undefined ? policyMs : Math.min(own, policyMs)
}

/** §5.3: an invalid date, such as `0`, means already expired. */
function untilExpires(headers: OutgoingHttpHeaders, now: number): number | undefined {
  const expires = fieldValue(headers, 'expires')
  if (expires === '') return undefined
  const time = /^\d+$/.test(expires) ? Number.NaN : Date.parse(expires)
  return Number.isNaN(time) ? 0 : Math.max(0, Math.floor(time - now))
}

function allowsAuthorization(directives: Directives): boolean {
  return directives.has('public') || directives.has('s-maxage') || directives.has('must-revalidate')
}

function fieldNames(headers: OutgoingHttpHeaders, name: string): string[] {
  return fieldValue(headers, name)
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}
