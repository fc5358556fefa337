/** The directives of a Cache-Control field, names in lower case; true where a directive has no argument. */
export type Directives = ReadonlyMap<string, string | true>

const DIRECTIVE = /([!#$%&'*+.^_`|~0-9a-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*)))?/gi

/** RFC 9111 §5.2. Of a repeated directive the first counts (§4.2.1 leaves the choice). */
export function parseCacheControl(field: string): Directives {
  const directives = new Map<string, string | true>()
  for (const [, name = '', quoted, token] of field.matchAll(DIRECTIVE)) {
    const key = name.toLowerCase()
    if (!directives.has(key)) directives.set(key, quoted ?? token ?? true)
  }
  return directives
}

/**
 * A directive's delta-seconds (RFC 9111 §1.2.2) in milliseconds; undefined when it is absent. One that is no number
 * reads as 0: §4.2.1 would have invalid freshness information count as stale.
 */
export function deltaMs(directives: Directives, name: string): number | undefined {
  const value = directives.get(name)
  if (value === undefined) return undefined
  return value !== true && /^\d+$/.test(value) ? Math.min(Number(value), 2 ** 31) * 1_000 : 0
}
