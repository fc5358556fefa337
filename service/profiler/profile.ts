import type { ReadableSpan } from '@opentelemetry/sdk-trace'

/** What one request (or job) asked of the database, told once, when its span ends. Times are milliseconds. */
export interface Profile {
  /** The root span's name: `GET /v1/countries`. */
  readonly name: string
  readonly method: string | undefined
  readonly path: string | undefined
  /** The route's template, low in cardinality: `/v1/countries/:code`. */
  readonly route: string | undefined
  /** What the server meant to answer; on an aborted request nobody read it. */
  readonly status: number | undefined
  /** The client left before the response was written. */
  readonly aborted: boolean
  readonly durationMs: number
  /** Queries started, among them those that never ended; BEGIN, COMMIT, SET and their like not counted. */
  readonly queryCount: number
  /** Summed over the queries: parallel ones may add up to more than `durationMs`. */
  readonly queryMs: number
  /** Different shapes of query, by their sanitised text. */
  readonly distinctQueries: number
  /** Time spent waiting for pool connections, summed. */
  readonly poolWaitMs: number
  /** The response's Cache-Status (RFC 9211), as it was sent. */
  readonly cacheStatus?: string
  readonly traceId: string
  readonly spanId: string
}

/** What the profiler did not see, and why. All zero in health. */
export interface DropCounts {
  /** Requests without a profile, because too many spans were live at once. */
  readonly profiles: number
  /** Spans that found no room: queries beneath them are missing from their profile. */
  readonly spans: number
  /** Profiles lost to an error of the profiler itself or of its `onProfile`. */
  readonly errors: number
}

/** The running sums of one live profile. */
export interface Tally {
  queryCount: number
  queryMs: number
  poolWaitMs: number
  readonly shapes: Set<string>
}

/** The profile of a root span that has ended. */
export function toProfile(root: ReadableSpan, tally: Tally): Profile {
  const { traceId, spanId } = root.spanContext()
  const cacheStatus = text(root, 'meridian.cache.status')
  return {
    name: root.name,
    method: text(root, 'http.request.method'),
    path: text(root, 'url.path'),
    route: text(root, 'http.route'),
    status: number(root, 'http.response.status_code'),
    aborted: root.attributes['meridian.request.aborted'] === true,
    durationMs: durationMs(root),
    queryCount: tally.queryCount,
    queryMs: tally.queryMs,
    distinctQueries: tally.shapes.size,
    poolWaitMs: tally.poolWaitMs,
    ...(cacheStatus === undefined ? {} : { cacheStatus }),
    traceId,
    spanId,
  }
}

export function durationMs(span: ReadableSpan): number {
  return toMs(span.duration)
}

/** How long a span had been running when another ended: for queries that outlive their request. */
export function runningMs(span: ReadableSpan, until: ReadableSpan): number {
  return Math.max(0, toMs(until.endTime) - toMs(span.startTime))
}

function toMs([seconds, nanoseconds]: readonly [number, number]): number {
  return seconds * 1_000 + nanoseconds / 1e6
}

function text(span: ReadableSpan, key: string): string | undefined {
  const value = span.attributes[key]
  return typeof value === 'string' ? value : undefined
}

function number(span: ReadableSpan, key: string): number | undefined {
  const value = span.attributes[key]
  return typeof value === 'number' ? value : undefined
}
