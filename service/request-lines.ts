import type { RequestLine } from './http/index.ts'
import type { Logger } from './logger.ts'
import type { Profile } from './profiler/index.ts'

/** Probes come every few seconds, and say nothing when all is well. */
const quiet = new Set(['/livez', '/readyz', '/health'])

/** Logs a request with its queries: many of one shape are an N+1. */
export function logProfile(logger: Logger, profile: Profile): void {
  const { method = '', path = profile.name, route, status = 0, cacheStatus, aborted } = profile
  const { durationMs, queryCount, queryMs, distinctQueries, poolWaitMs, traceId, spanId } = profile
  const shapes = queryCount > 1 ? ` (${distinctQueries} ${distinctQueries === 1 ? 'shape' : 'shapes'})` : ''
  const queries = `db ${queryCount} ${queryCount === 1 ? 'query' : 'queries'}${shapes} ${milliseconds(queryMs)}`
  const message = [
    `${method} ${path} → ${aborted ? 'aborted' : status}  ${milliseconds(durationMs)}`,
    queries,
    ...cacheWords(cacheStatus),
    `trace ${traceId}`,
  ].join(' · ')
  const fields = {
    method,
    path,
    route,
    status,
    aborted,
    durationMs: round(durationMs),
    queries: queryCount,
    queryMs: round(queryMs),
    distinctQueries,
    poolWaitMs: round(poolWaitMs),
    cache: cacheStatus,
    trace_id: traceId,
    span_id: spanId,
  }
  logger[levelOf(path, status)](fields, message)
}

/** Logs a request where nothing counts its queries. */
export function logRequest(logger: Logger, { method, path, status, durationMs, cacheStatus }: RequestLine): void {
  const words = [`${method} ${path} → ${status}  ${milliseconds(durationMs)}`, ...cacheWords(cacheStatus)]
  const fields = { method, path, status, durationMs: round(durationMs), cache: cacheStatus }
  logger[levelOf(path, status)](fields, words.join(' · '))
}

function levelOf(path: string, status: number): 'error' | 'info' | 'debug' {
  // 504 is what a client asked for by only-if-cached (RFC 9111 §5.2.1.7).
  if (status >= 500 && status !== 504) return 'error'
  return quiet.has(path) ? 'debug' : 'info'
}

/** `cache hit`, or why not: the words of RFC 9211. */
function cacheWords(cacheStatus: string | undefined): string[] {
  if (cacheStatus === undefined) return []
  const [, ...parameters] = cacheStatus.split(';').map((part) => part.trim())
  return [`cache ${parameters.filter((parameter) => !parameter.startsWith('ttl=')).join(' ')}`]
}

function milliseconds(duration: number): string {
  return `${duration < 10 ? duration.toFixed(1) : Math.round(duration)} ms`
}

function round(duration: number): number {
  return Math.round(duration * 100) / 100
}
