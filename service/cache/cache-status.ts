/** RFC 9211 §2.2: why a request went forward. */
export type ForwardReason = 'bypass' | 'method' | 'uri-miss' | 'miss' | 'request' | 'stale'

/** What the cache did, in the words of RFC 9211 §2. `detail` is a short token of Meridian's own (§2.8). */
export interface CacheStatus {
  /** Present on a hit: what is left of the freshness lifetime, in whole seconds (§2.4). */
  readonly hitTtl?: number
  /** Present when the handler was asked (§2.2). Neither: the cache answered by itself, as with `only-if-cached`. */
  readonly fwd?: ForwardReason
  /**
   * True when the write was handed to a store not known to fail (§2.6). It goes on behind the response, so that no
   * response waits for a store; one that fails afterwards shows in the events.
   */
  readonly stored?: boolean
  readonly detail?: string
}

/** One member of the Cache-Status list, such as `meridian; hit; ttl=57`. */
export function formatCacheStatus(name: string, { hitTtl, fwd, stored, detail }: CacheStatus): string {
  const parts = [tokenOrString(name)]
  if (hitTtl !== undefined) parts.push('hit', `ttl=${hitTtl}`)
  if (fwd !== undefined) parts.push(`fwd=${fwd}`)
  if (stored === true) parts.push('stored')
  if (detail !== undefined) parts.push(`detail=${tokenOrString(detail)}`)
  return parts.join('; ')
}

/** RFC 9211 §2: the cache nearest the origin stands first, so a later one appends. */
export function appendCacheStatus(existing: string, member: string): string {
  return existing === '' ? member : `${existing}, ${member}`
}

/** RFC 8941 §3.3.3, §3.3.4. A string holds printable ASCII only. */
function tokenOrString(text: string): string {
  if (/^[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*$/.test(text)) return text
  return `"${text.replace(/[^\x20-\x7e]/g, '?').replace(/["\\]/g, '\\$&')}"`
}
