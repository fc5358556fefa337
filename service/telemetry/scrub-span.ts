import { SpanStatusCode } from '@opentelemetry/api'
import type { Attributes, SpanStatus } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { sanitiseSql } from '../profiler/index.ts'

/**
 * A copy of a span that carries no value of a statement, nor of an error: MikroORM writes literals into its SQL, and
 * PostgreSQL repeats them (`invalid input syntax for type integer: "…"`, `Key (email)=(…) already exists`), as do Redis,
 * JSON.parse and zod. An error is exported as its SQLSTATE or type and the frames of its stack; the log has the rest.
 */
export function scrubSpan(span: ReadableSpan): ReadableSpan {
  const isPostgres = span.attributes['db.system.name'] === 'postgresql'
  const failure = failureOf(span)
  return {
    name: isPostgres ? scrubName(span.name) : span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: span.parentSpanContext }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: scrubStatus(span.status, failure),
    attributes: scrubAttributes(span.attributes, isPostgres ? failure : undefined),
    links: span.links,
    events: span.events.map((event) =>
      event.attributes === undefined ? event : { ...event, attributes: scrubEvent(event.attributes) },
    ),
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationScope: span.instrumentationScope,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  }
}

/** `pg.query:SELECT db`; the instrumentation takes all up to the first space, so `select'secret'` is in the name. */
function scrubName(name: string): string {
  return name.startsWith('pg.query:') ? sanitiseSql(name) : name
}

/** The operation of a metric or span as PostgreSQL would name it: its first word, and nothing that may follow it. */
export function scrubOperation(operation: string): string {
  return /^[A-Z]+/i.exec(operation)?.[0].toUpperCase() ?? 'OTHER'
}

function scrubAttributes(attributes: Attributes, failure: string | undefined): Attributes {
  const text = attributes['db.query.text']
  const isSql = attributes['db.system.name'] !== 'redis' && typeof text === 'string'
  const { 'db.postgresql.values': _values, ...kept } = attributes
  return {
    ...kept,
    ...(isSql ? { 'db.query.text': sanitiseSql(text) } : {}),
    // The semantic conventions ask for it, the instrumentation sets it on its metric alone.
    ...(failure === undefined ? {} : { 'error.type': failure, ...responseStatus(failure) }),
  }
}

function responseStatus(failure: string): Attributes {
  return SQLSTATE.test(failure) ? { 'db.response.status_code': failure } : {}
}

function scrubStatus(status: SpanStatus, failure: string | undefined): SpanStatus {
  if (status.message === undefined) return status
  return failure === undefined ? { code: status.code } : { code: status.code, message: failure }
}

/** An `exception` event keeps its type and its frames; any other event's text may quote a value, and goes. */
function scrubEvent(attributes: Attributes): Attributes {
  const { 'exception.message': message, 'exception.stacktrace': stack, ...kept } = attributes
  const type = typeOf(attributes, message)
  const frames = typeof stack === 'string' ? framesOf(stack) : ''
  return {
    ...kept,
    ...(type === undefined ? {} : { 'exception.type': type }),
    ...(frames === '' ? {} : { 'exception.stacktrace': frames }),
  }
}

/** https://www.postgresql.org/docs/18/errcodes-appendix.html */
const SQLSTATE = /^[0-9A-Z]{5}$/

/** What failed, in a word: an SQLSTATE, a system error's code, or the error's name. */
function failureOf(span: ReadableSpan): string | undefined {
  if (span.status.code !== SpanStatusCode.ERROR) return undefined
  for (const event of span.events.toReversed()) {
    const type = typeOf(event.attributes ?? {}, event.attributes?.['exception.message'])
    if (type !== undefined) return type
  }
  const type = span.attributes['error.type']
  return typeof type === 'string' ? word(type) : undefined
}

/** The pg instrumentation records a message of its own that ends in `(code: 23505)`, and no type. */
function typeOf(attributes: Attributes, message: unknown): string | undefined {
  const type = attributes['exception.type']
  if (typeof type === 'string') return word(type)
  const code = typeof message === 'string' ? /\(code: (\w{1,40})\)$/.exec(message)?.[1] : undefined
  return code === undefined || code === 'UNKNOWN' ? undefined : code
}

/** Error names and codes are single words; anything else could be a sentence with values in it. */
function word(text: string): string {
  return /^[\w.$]{1,80}$/.test(text) ? text : 'Error'
}

/** A stack begins with the message, which may run over many lines: only the unbroken run of frames at the end stays. */
function framesOf(stack: string): string {
  const lines = stack.split('\n')
  const first = lines.findLastIndex((line) => !isFrame(line)) + 1
  return lines.slice(first).join('\n')
}

function isFrame(line: string): boolean {
  return line.startsWith('    at ') && line.length < 500 && /(?::\d+:\d+|index \d+|<anonymous>|native)\)?$/.test(line)
}
