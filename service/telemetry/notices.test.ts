import { expect, test } from '@jest/globals'
import { collectorWatch, diagnosticLogger } from './notices.ts'

test('a collector is told lost once, and found once', () => {
  const told: string[] = []
  const observe = collectorWatch('traces', (message) => told.push(message))
  const lost = { code: 1, error: new Error('connect ECONNREFUSED') }
  for (const result of [{ code: 0 }, lost, lost, { code: 0 }, { code: 0 }, lost]) observe(result)
  expect(told).toEqual([
    'telemetry: the collector does not take traces: connect ECONNREFUSED',
    'telemetry: the collector takes traces again',
    'telemetry: the collector does not take traces: connect ECONNREFUSED',
  ])
})

test('the same kind of warning is told once a minute, whatever its numbers', () => {
  const told: string[] = []
  let now = 0
  const logger = diagnosticLogger(
    undefined,
    (message) => told.push(message),
    () => now,
  )
  logger.warn('Dropped 12 spans because maxQueueSize reached')
  logger.warn('Dropped 340 spans because maxQueueSize reached')
  now = 60_000
  logger.warn('Dropped 7 spans because maxQueueSize reached')
  expect(told).toHaveLength(2)
})

test('an export failure that the watch has told is not told again by the SDK', () => {
  const told: string[] = []
  const observe = collectorWatch('metrics', () => {})
  const error = observe({ code: 1, error: new Error('refused') })
  diagnosticLogger(undefined, (message) => told.push(message)).error(JSON.stringify({ message: error?.message }))
  expect(told).toEqual([])
})
