import type { OutgoingHttpHeaders } from 'node:http'
import type { HeaderPair } from './entry.ts'

/** Never stored: each is true of one response or one connection only. */
const NOT_STORED = new Set([
  // RFC 9111 §3.1, RFC 9110 §7.6.1: hop-by-hop
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // made anew for each response
  'age',
  'cache-status',
  'content-length',
  'date',
  'etag', // kept beside the header fields
  'retry-after',
  'server-timing',
  'set-cookie',
  // who asked, and where it was traced
  'correlation-id',
  'meridian-trace',
  'request-id',
  'traceparent',
  'traceresponse',
  'tracestate',
  'x-correlation-id',
  'x-request-id',
  'x-response-time',
])
const NOT_STORED_PREFIXES = ['ratelimit', 'x-ratelimit']

/**
 * The fields of a response to store: those that were set or changed between `before` and `after` the handler, less
 * what belongs to one response only. What middleware outside the cache set (security headers, CORS, request ids) it
 * sets for each hit as well, and rightly: it may differ from client to client.
 */
export function headersToStore(before: OutgoingHttpHeaders, after: OutgoingHttpHeaders): HeaderPair[] {
  const named = fieldValue(after, 'connection')
    .toLowerCase()
    .split(/\s*,\s*/) // §3.1: what Connection lists as well
  const pairs: HeaderPair[] = []
  for (const [name, value] of Object.entries(after)) {
    if (value === undefined || String(before[name]) === String(value)) continue
    if (NOT_STORED.has(name) || named.includes(name)) continue
    if (NOT_STORED_PREFIXES.some((prefix) => name.startsWith(prefix))) continue
    for (const line of Array.isArray(value) ? value : [String(value)]) pairs.push([name, line])
  }
  return pairs
}

/** A field's value as one line (RFC 9110 §5.3); '' when it is absent. */
export function fieldValue(headers: OutgoingHttpHeaders, name: string): string {
  const value = headers[name]
  if (value === undefined) return ''
  return Array.isArray(value) ? value.join(', ') : String(value)
}
