import { expect, test } from '@jest/globals'
import { describeDatabaseError, isDatabaseUnavailable } from './database-errors.ts'

const coded = (code: string, message = "select 'hunter2'") => Object.assign(new Error(message), { code })

test.each([
  [coded('ECONNREFUSED'), true],
  [coded('57P01'), true],
  [coded('53300'), true],
  [coded('57014'), true],
  [new Error('Connection terminated unexpectedly'), true],
  [new Error('Query read timeout'), true],
  [new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), true],
  [new Error('wrapped', { cause: coded('08006') }), true],
  [coded('23505'), false],
  [coded('42P01'), false],
  [new TypeError('x is not a function'), false],
  ['no error at all', false],
])('%s: the database is away: %s', (error, expected) => {
  expect(isDatabaseUnavailable(error)).toBe(expected)
})

test.each([
  [coded('23505'), { type: 'Error', code: '23505', message: 'database error 23505' }],
  [coded('EPIPE'), { type: 'Error', code: 'EPIPE', message: 'database error EPIPE' }],
  [new Error('Query read timeout'), { type: 'Error', message: 'Query read timeout' }],
  [coded('ERR_INVALID_URL'), undefined],
  [coded('EPERM'), undefined],
  [new TypeError('x is not a function'), undefined],
])('%s is told as %j', (error, described) => {
  expect(describeDatabaseError(error)).toEqual(described)
})
