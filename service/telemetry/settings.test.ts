import { describe, expect, test } from '@jest/globals'
import { readSettings } from './settings.ts'

describe('where telemetry goes', () => {
  const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }
  test.each([
    ['nowhere, with nothing set', {}, [], []],
    ['both ways, with an endpoint', endpoint, ['otlp'], ['otlp']],
    ['nowhere, with an empty endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, [], []],
    ['traces alone', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c/v1/traces' }, ['otlp'], []],
    ['metrics alone', { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://c/v1/metrics' }, [], ['otlp']],
    ['not there, where an exporter is none', { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, [], ['otlp']],
    ['to the console, without an endpoint', { OTEL_TRACES_EXPORTER: 'console' }, ['console'], []],
    ['to both', { ...endpoint, OTEL_METRICS_EXPORTER: 'console,otlp' }, ['otlp'], ['console', 'otlp']],
  ])('%s', (_name, env, traces, metrics) => {
    expect(readSettings(env)).toMatchObject({ traces, metrics, complaints: [] })
  })

  test('says what it can’t honour', () => {
    const { complaints } = readSettings({
      OTEL_TRACES_EXPORTER: 'zipkin',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_BSP_MAX_QUEUE_SIZE: '-1',
    })
    expect(complaints.join('\n')).toMatch(
      /zipkin[^]*no OTEL_EXPORTER_OTLP_ENDPOINT[^]*grpc[^]*positive integer, got `-1`/,
    )
  })
})

test('the batch and the interval are read, and the timeout never exceeds its interval', () => {
  expect(readSettings({ OTEL_BSP_SCHEDULE_DELAY: '50', OTEL_METRIC_EXPORT_INTERVAL: '1000' })).toMatchObject({
    batch: { scheduledDelayMillis: 50 },
    metricIntervalMs: 1_000,
    metricTimeoutMs: 1_000,
  })
})
