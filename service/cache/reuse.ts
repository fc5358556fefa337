import type { Entry } from './entry.ts'
import type { RequestWish } from './request-directives.ts'

/** The two times a decision about reuse needs, epoch milliseconds. */
export type Lifetime = Pick<Entry, 'storedAt' | 'freshUntil'>

/** May a stored response answer this request (RFC 9111 §4)? If not, why, in RFC 9211's words. */
export function mayReuse(entry: Lifetime, wish: RequestWish, now: number): 'yes' | 'stale' | 'request' {
  if (now >= entry.freshUntil) return 'stale' // §4.2: fresh while its lifetime exceeds its age
  if (wish.maxAgeMs !== undefined && ageSeconds(entry, now) * 1_000 > wish.maxAgeMs) return 'request'
  if (wish.minFreshMs !== undefined && entry.freshUntil - now < wish.minFreshMs) return 'request'
  return 'yes'
}

/** RFC 9111 §5.1, whole seconds; never negative, though another machine's clock may be ahead. */
export function ageSeconds(entry: Lifetime, now: number): number {
  return Math.max(0, Math.floor((now - entry.storedAt) / 1_000))
}

/** What is left of the freshness lifetime, in whole seconds (RFC 9211 §2.4). */
export function ttlSeconds(entry: Lifetime, now: number): number {
  return Math.floor((entry.freshUntil - now) / 1_000)
}
