import { probe, type Answer } from './probe.ts'
import type { OrderServer } from './request-path-process.ts'

/** What an order gets right, each an observed answer. */
export interface Findings {
  readonly hitIdentity: boolean
  readonly hitGzip: boolean
  /** ETag and Vary stand on 200, 304 and HEAD, identity and gzip: of the cached path, and of the one without a cache. */
  readonly fieldsCached: boolean
  readonly fieldsUncached: boolean
  readonly notModifiedCached: boolean
  readonly notModifiedUncached: boolean
  /** A request that ended as 304 had been compressed. */
  readonly compressedInVain: boolean
}

const gzip = { 'Accept-Encoding': 'gzip' }

export async function checkOrder(server: OrderServer): Promise<Findings> {
  const cached = await checkPath(`${server.url}/cached`)
  const uncached = await checkPath(`${server.url}/uncached`)
  const isHit = ({ headers }: Answer) => /; hit/.test(String(headers['cache-status']))
  return {
    hitIdentity: isHit(cached.identity),
    hitGzip: isHit(cached.gzip) && cached.gzip.headers['content-encoding'] === 'gzip',
    fieldsCached: cached.fields,
    fieldsUncached: uncached.fields,
    notModifiedCached: cached.notModified,
    notModifiedUncached: uncached.notModified,
    compressedInVain: (await server.compressedInVain()) > 0,
  }
}

async function checkPath(url: string) {
  // Twice each: the second is the hit, where there are hits.
  for (const headers of [{}, gzip]) await probe(url, headers)
  const answers = [await probe(url), await probe(url, gzip)] as const
  const [identity, compressed] = answers
  const heads = [await probe(url, {}, 'HEAD'), await probe(url, gzip, 'HEAD')]
  // Of a server that never gives its validator no client could have one; the identity answer's is the best there is.
  const etag = String(compressed.headers.etag ?? identity.headers.etag)
  const conditional = [
    await probe(url, { 'If-None-Match': etag }),
    await probe(url, { ...gzip, 'If-None-Match': etag }),
  ]
  return {
    identity,
    gzip: compressed,
    fields: [...answers, ...heads, ...conditional].every(hasFields),
    notModified: conditional.every(({ status }) => status === 304),
  }
}

function hasFields({ headers }: Answer): boolean {
  return headers.etag !== undefined && /accept-encoding/i.test(headers.vary ?? '')
}
