import { setTimeout as sleep } from 'node:timers/promises'
import { probe, type Answer } from './probe.ts'
import { largeList } from './routes.ts'

/** One way to be asked for a route, with what makes sure that it is what it says. */
export interface Mode {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly status: 200 | 304
  readonly cacheStatus: RegExp
}

const hit = /^meridian; hit/

/**
 * - cold: every request passes the handler and the database. `no-store`, so it stores nothing either.
 * - warm: a hit.
 * - 304: a hit whose ETag the client has.
 */
export async function modesOf(url: string, path: string): Promise<Mode[]> {
  const { headers, bytes } = await prime(url)
  const etag = String(headers.etag)
  const modes: Mode[] = [
    { name: 'cold', headers: { 'Cache-Control': 'no-store' }, status: 200, cacheStatus: /fwd=request/ },
    { name: 'warm', headers: {}, status: 200, cacheStatus: hit },
  ]
  const codings = path === largeList ? ['gzip', 'br', 'zstd'] : ['gzip']
  // Less isn't compressed at all: koa-compress's threshold.
  for (const coding of bytes < 1_024 ? [] : codings) {
    modes.push({ name: `warm, ${coding}`, headers: { 'Accept-Encoding': coding }, status: 200, cacheStatus: hit })
  }
  modes.push({ name: '304', headers: { 'If-None-Match': etag }, status: 304, cacheStatus: hit })
  return modes
}

/** Stores the answer anew, so that it is fresh for all of what follows, and returns the hit. */
export async function prime(url: string): Promise<Answer> {
  await probe(url, { 'Cache-Control': 'no-cache' })
  return settle(url)
}

/** Hits in a row: between the long works of a busy service one may slip through. */
const calm = 5

/**
 * Asks until there are only hits. A service that has just started is not connected to Redis yet, so its first writes fail;
 * and one that still works at what the end of a load left unanswered is too busy to read the store in time.
 */
export async function settle(url: string): Promise<Answer> {
  let hits = 0
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(5)) {
    const answer = await probe(url)
    hits = answer.status === 200 && hit.test(String(answer.headers['cache-status'])) ? hits + 1 : 0
    if (hits === calm) return answer
  }
  throw new Error(`Expected ${url} to be cached within 10 s, but its answers are no hits`)
}
