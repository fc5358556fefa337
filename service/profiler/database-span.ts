import { SpanKind } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'

export type DatabaseSpan = 'query' | 'connect' | 'pool-wait'

/** What a span is to the profiler, told by what is known when it starts: its text comes later. */
export function databaseSpan(span: ReadableSpan): DatabaseSpan | undefined {
  if (span.kind !== SpanKind.CLIENT || span.attributes['db.system.name'] !== 'postgresql') return undefined
  if (span.name === 'pg-pool.connect') return 'pool-wait'
  if (span.name === 'pg.connect') return 'connect'
  return 'query'
}

const CONTROL =
  /^(?:begin|start transaction|commit|end|rollback|abort|savepoint|release|prepare transaction|set|reset|discard)\b/i

/** Transaction and session statements are the connection's business, not questions to the database. */
export function isControlStatement(sanitised: string): boolean {
  const statements = sanitised.split(';').filter((statement) => statement.trim() !== '')
  return statements.length > 0 && statements.every((statement) => CONTROL.test(statement.trim()))
}
