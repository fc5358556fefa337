import { createHash } from 'node:crypto'

/**
 * A key is `{prefix}:v1:{deployment}:{route label}:{hash}`: readable as far as it helps an operator, exact in its
 * hash. The hash is SHA-256 (its first 192 bits, base64url) over these fields, each preceded by its length in bytes
 * and a colon, so that no two lists of fields run together into the same bytes:
 *
 *   format version, deployment, route template, path, then name and value of each keyed query parameter, by name
 *
 * Left out on purpose:
 * - the method: HEAD is answered from GET's entry (RFC 9110 §9.3.2) and nothing else is looked up;
 * - the host: clients write that header as they like, so each invented host would be a fresh entry. A service whose
 *   answers depend on the host needs a list of trusted ones first.
 *
 * A key never exceeds 250 bytes.
 */
const KEY_VERSION = 'v1'

const MAX_NAMESPACE = 48
const MAX_LABEL = 96
const HASH_LENGTH = 32

/** What a key is made of. Paths and values are as requested; nothing here is trusted. */
export interface KeyParts {
  readonly prefix: string
  readonly deployment: string
  /** The route's template, such as `/v1/countries/:code`. */
  readonly route: string
  readonly path: string
  readonly query: Iterable<readonly [name: string, value: string]>
}

/** A key with what went into it, for `explain` and the tests. */
export interface KeyDescription {
  readonly key: string
  /** The hashed fields, in order. */
  readonly fields: readonly string[]
}

/** The key of a request, and how it came about. Pure. */
export function describeKey(parts: KeyParts): KeyDescription {
  const fields = [KEY_VERSION, parts.deployment, parts.route, parts.path, ...sortedByName(parts.query).flat()]
  const hash = createHash('sha256')
  for (const field of fields) hash.update(`${Buffer.byteLength(field)}:`).update(field)
  const segments = [
    namespaceOf(parts.prefix),
    KEY_VERSION,
    namespaceOf(parts.deployment),
    sanitise(parts.route.replace(/^\//, '')).slice(0, MAX_LABEL) || 'root',
    hash.digest('base64url').slice(0, HASH_LENGTH),
  ]
  return { key: segments.join(':'), fields }
}

/**
 * A prefix or deployment as it stands in keys: no colon, no glob character. One that had to be changed gets a short
 * hash of the original, so that `a:b` and `a_b` don't share a namespace.
 */
export function namespaceOf(text: string): string {
  const safe = sanitise(text)
  if (safe === text && safe.length <= MAX_NAMESPACE && safe !== '') return safe
  const suffix = createHash('sha256').update(text).digest('base64url').replace(/[-_]/g, '0').slice(0, 8)
  return `${safe.slice(0, MAX_NAMESPACE - 9)}~${suffix}`
}

function sanitise(text: string): string {
  return text.replace(/[^A-Za-z0-9._/-]/g, '_')
}

/** By name alone: the order of one parameter's values may mean something, so it stays. */
function sortedByName(query: KeyParts['query']): (readonly [string, string])[] {
  return [...query].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}
