import { createHash, timingSafeEqual } from 'node:crypto'
import { deltaMs, parseCacheControl } from './cache-control.ts'

/** The request header that carries the bypass secret. */
export const BYPASS_HEADER = 'Meridian-Cache-Bypass'

/** Whose request directives count: anyone's, those of requests with the secret, or nobody's. */
export interface Bypass {
  readonly mode: 'client' | 'secret' | 'off'
  /** In mode `secret`; without one (or with an empty one) nobody may bypass. */
  readonly secret?: string | undefined
}

/** The request's header fields that matter here, as received. */
export interface RequestFields {
  readonly cacheControl: string
  readonly pragma: string
  readonly bypassSecret: string
}

/** What a request asks of the cache, as far as it is honoured (RFC 9111 §5.2.1). */
export interface RequestWish {
  /** Neither read nor store (§5.2.1.5). */
  readonly noStore: boolean
  /** Don't read, but store (§5.2.1.4). */
  readonly noCache: boolean
  /** A stored response may be no older, in milliseconds (§5.2.1.1). */
  readonly maxAgeMs?: number
  /** … and must stay fresh for so long, in milliseconds (§5.2.1.3). */
  readonly minFreshMs?: number
  /** A stored response or 504 (§5.2.1.7). */
  readonly onlyIfCached: boolean
}

const NOTHING: RequestWish = { noStore: false, noCache: false, onlyIfCached: false }

/** Which of a request's directives the cache follows. What isn't honoured is ignored, never an error. */
export function whatRequestAsks(fields: RequestFields, bypass: Bypass): RequestWish {
  if (!mayBypass(fields.bypassSecret, bypass)) return NOTHING
  const { cacheControl, pragma } = fields
  if (cacheControl === '') {
    // §5.4: Pragma speaks only where Cache-Control is silent. The secret alone is a wish for a fresh answer.
    return { ...NOTHING, noCache: bypass.mode === 'secret' || parseCacheControl(pragma).has('no-cache') }
  }
  const directives = parseCacheControl(cacheControl)
  const maxAgeMs = deltaMs(directives, 'max-age')
  const minFreshMs = deltaMs(directives, 'min-fresh')
  return {
    noStore: directives.has('no-store'),
    // max-age=0 is how browsers reload; whole seconds would let an entry of this very second pass.
    noCache: directives.has('no-cache') || maxAgeMs === 0,
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(minFreshMs !== undefined && { minFreshMs }),
    // A 504 is for clients that know of the cache; an operator with the secret wants an answer.
    onlyIfCached: bypass.mode === 'client' && directives.has('only-if-cached'),
  }
}

function mayBypass(given: string, { mode, secret }: Bypass): boolean {
  if (mode !== 'secret') return mode === 'client'
  if (secret === undefined || secret === '' || given === '') return false
  return timingSafeEqual(digest(given), digest(secret))
}

/** Equal lengths for timingSafeEqual, whatever was sent. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
