import { SpanKind, diag } from '@opentelemetry/api'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { databaseSpan, isControlStatement } from './database-span.ts'
import { durationMs, runningMs, toProfile } from './profile.ts'
import type { DropCounts, Profile, Tally } from './profile.ts'
import { sanitiseSql } from './sanitise-sql.ts'

export interface QueryProfilerOptions {
  /** Called synchronously when a request's span ends. What it throws is caught and counted. */
  readonly onProfile: (profile: Profile) => void
  /** How many spans of live requests are remembered at once. Default 20,000. */
  readonly maxLive?: number
}

/** An OpenTelemetry span processor; `dropped` says what it could not count. */
export interface QueryProfiler extends SpanProcessor {
  readonly dropped: DropCounts
  /** Spans remembered now, at most `maxLive`. */
  readonly live: number
}

/** Shapes remembered for one profile; a request beyond it has other worries than their number. */
const MAX_SHAPES = 1_000

interface LiveProfile extends Tally {
  readonly rootId: string
  readonly spanIds: string[]
  /** Queries that have started and not ended. A cursor may stay here until the request ends. */
  readonly running: Set<ReadableSpan>
}

/**
 * Counts the queries of each request. A profile belongs to the nearest local root (a SERVER or CONSUMER span, or one
 * without a local parent), never to a trace: two requests may share a trace id, and a service may call itself.
 *
 * It sees recording spans only: where the sampler drops some, wrap it in `createAlwaysRecordSampler`.
 */
export function createQueryProfiler({ onProfile, maxLive = 20_000 }: QueryProfilerOptions): QueryProfiler {
  const owners = new Map<string, LiveProfile>()
  let running = 0
  const dropped = { profiles: 0, spans: 0, errors: 0 }

  function start(span: ReadableSpan): void {
    const { spanId } = span.spanContext()
    const kind = databaseSpan(span)
    if (isLocalRoot(span)) {
      // A lone client call (a query at start-up, a health probe) is nobody's request.
      if (span.kind === SpanKind.CLIENT || span.kind === SpanKind.PRODUCER) return
      if (owners.size + running >= maxLive) dropped.profiles += 1
      else owners.set(spanId, newProfile(spanId))
      return
    }
    const profile = ownerOf(span)
    if (profile === undefined) return
    // Nothing that matters happens beneath a connection being opened.
    if (kind === 'connect') return
    if (owners.size + running >= maxLive) dropped.spans += 1
    else if (kind === 'query') {
      profile.running.add(span)
      running += 1
    } else remember(spanId, profile)
  }

  function end(span: ReadableSpan): void {
    const { spanId } = span.spanContext()
    const profile = owners.get(spanId)
    if (profile?.rootId === spanId) {
      finish(span, profile)
      return
    }
    const kind = databaseSpan(span)
    if (kind === 'pool-wait' && profile !== undefined) profile.poolWaitMs += durationMs(span)
    if (kind !== 'query') return
    const owner = ownerOf(span)
    if (owner?.running.delete(span) !== true) return
    running -= 1
    count(span, owner, durationMs(span))
  }

  function finish(root: ReadableSpan, profile: LiveProfile): void {
    forget(profile)
    for (const query of profile.running) count(query, profile, runningMs(query, root))
    onProfile(toProfile(root, profile))
  }

  /** A span's ids are kept until its request ends: work may go on under a parent that has ended. */
  function remember(spanId: string, profile: LiveProfile): void {
    owners.set(spanId, profile)
    profile.spanIds.push(spanId)
  }

  function forget(profile: LiveProfile): void {
    for (const spanId of profile.spanIds) owners.delete(spanId)
    running -= profile.running.size
  }

  function ownerOf(span: ReadableSpan): LiveProfile | undefined {
    return span.parentSpanContext === undefined ? undefined : owners.get(span.parentSpanContext.spanId)
  }

  /** An error of ours loses this span's profile, never the request; it is counted, and said to the diagnostics. */
  function guarded(span: ReadableSpan, work: (span: ReadableSpan) => void): void {
    try {
      work(span)
    } catch (error) {
      const { spanId } = span.spanContext()
      const profile = owners.get(spanId) ?? ownerOf(span)
      if (profile !== undefined) forget(profile)
      dropped.errors += 1
      diag.warn('query profiler: a profile was dropped', error)
    }
  }

  return {
    dropped,
    get live() {
      return owners.size + running
    },
    onStart: (span) => guarded(span, start),
    onEnd: (span) => guarded(span, end),
    forceFlush: async () => {},
    async shutdown() {
      for (const profile of new Set(owners.values())) forget(profile)
    },
  }
}

function newProfile(rootId: string): LiveProfile {
  return {
    rootId,
    spanIds: [rootId],
    running: new Set(),
    queryCount: 0,
    queryMs: 0,
    poolWaitMs: 0,
    shapes: new Set(),
  }
}

function count(query: ReadableSpan, profile: Tally, elapsedMs: number): void {
  const text = query.attributes['db.query.text']
  const shape = typeof text === 'string' ? sanitiseSql(text) : query.name
  if (isControlStatement(shape)) return
  profile.queryCount += 1
  profile.queryMs += elapsedMs
  if (profile.shapes.size < MAX_SHAPES) profile.shapes.add(shape)
}

function isLocalRoot(span: ReadableSpan): boolean {
  if (span.kind === SpanKind.SERVER || span.kind === SpanKind.CONSUMER) return true
  return span.parentSpanContext === undefined || span.parentSpanContext.isRemote === true
}
