import type { Context } from 'koa'
import type { QueryPolicy } from './policy.ts'

type Pairs = Iterable<readonly [name: string, value: string]>

/**
 * The query parameters that are part of the key; or, in a word, why the request must not be answered from one:
 * `unlisted-query` when it carries a parameter that the policy's list leaves out (its answer may depend on it, and
 * each invented name would be an entry of its own), `query-error` when the policy's function failed (the handler,
 * asked next, says what is wrong with the request).
 */
export function canonicalQuery(
  ctx: Context,
  policy: QueryPolicy | undefined,
): Pairs | 'unlisted-query' | 'query-error' {
  if (policy === undefined) return []
  if (typeof policy !== 'function') return listedPairs(ctx.querystring, policy)
  try {
    return [...policy(ctx)]
  } catch {
    return 'query-error'
  }
}

/** Pairs by the WHATWG's rules, as sent: `?a=` and no `a` differ, and handlers may tell them apart. */
export function listedPairs(querystring: string, names: readonly string[]): Pairs | 'unlisted-query' {
  const pairs = [...new URLSearchParams(querystring)]
  return pairs.every(([name]) => names.includes(name)) ? pairs : 'unlisted-query'
}
