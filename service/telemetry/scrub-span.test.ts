import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, test } from '@jest/globals'
import { scrubbing } from './exporters.ts'

function exported(name: string, attributes: Record<string, string>, error?: Error) {
  const memory = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: scrubbing(memory) })] })
  const span = provider.getTracer('test').startSpan(name, { kind: SpanKind.CLIENT, attributes })
  if (error !== undefined) {
    span.recordException(error)
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
  }
  span.end()
  const [scrubbed] = memory.getFinishedSpans()
  return scrubbed
}

const postgres = { 'db.system.name': 'postgresql', 'db.query.text': "select * from a where b = 'secret'" }

test('the text and the name of a query keep their shape alone', () => {
  const span = exported("pg.query:SELECT'SECRET' db", postgres)
  expect(span?.attributes['db.query.text']).toBe('select * from a where b = ?')
  expect(span?.name).toBe('pg.query:SELECT? db')
})

test('an error keeps its SQLSTATE and its frames', () => {
  const error = Object.assign(new Error('Key (email)=(secret@x) already exists\n    at secret'), { code: '23505' })
  const span = exported('pg.query:INSERT db', postgres, error)
  expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: '23505' })
  expect(span?.attributes).toMatchObject({ 'error.type': '23505', 'db.response.status_code': '23505' })
  const event = span?.events[0]?.attributes
  expect(event).not.toHaveProperty('exception.message')
  expect(event?.['exception.type']).toBe('23505')
  expect(event?.['exception.stacktrace']).toMatch(/^ {4}at .*scrub-span\.test/)
  expect(JSON.stringify([span?.events, span?.attributes, span?.status])).not.toContain('secret')
})

test('the span of another library is scrubbed of its error too', () => {
  const span = exported('router - /x', {}, new SyntaxError('"secret" is not valid JSON'))
  expect(span?.status.message).toBe('SyntaxError')
  expect(JSON.stringify(span?.events)).not.toContain('secret')
})

test('parameters reported by enhancedDatabaseReporting do not leave', () => {
  const span = exported('pg.query:SELECT db', { ...postgres, 'db.postgresql.values': 'secret' })
  expect(span?.attributes).not.toHaveProperty(['db.postgresql.values'])
})

test('the rest of a span is what it was', () => {
  const span = exported('GET /v1/countries', { 'url.path': '/v1/countries', 'http.route': '/v1/countries' })
  expect(span).toMatchObject({ name: 'GET /v1/countries', kind: SpanKind.CLIENT, ended: true })
  expect(span?.attributes).toEqual({ 'url.path': '/v1/countries', 'http.route': '/v1/countries' })
})
