import { expect, test } from '@jest/globals'
import { decodeCursor, encodeCursor } from './cursor.ts'

test('gives back where a page ended', () => {
  const cursor = encodeCursor('name', { key: 'l\'haÿ "les" roses', id: 42 })
  expect(decodeCursor(cursor, 'name', 'string')).toEqual({ key: 'l\'haÿ "les" roses', id: 42 })
})

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

test.each([
  ['nothing', ''],
  ['no base64', '%%%'],
  ['no JSON', Buffer.from('{').toString('base64url')],
  ['an object', encode({ sort: 'name' })],
  ['too few parts', encode(['name', 'x'])],
  ['too many parts', encode(['name', 'x', 1, 2])],
  ['a key of another type', encode(['name', 5, 1])],
  ['an id that is no integer', encode(['name', 'x', 1.5])],
  ['an id beyond PostgreSQL', encode(['name', 'x', 2 ** 40])],
  ['a key that PostgreSQL cannot hold', encode(['name', 'x\0', 1])],
])('refuses %s as a problem of the parameter', (_, text) => {
  expect(() => decodeCursor(text, 'name', 'string')).toThrow(
    expect.objectContaining({ id: 'invalid-parameter', message: expect.stringContaining('Expected cursor') }),
  )
})

test('refuses a cursor of another sort, and says which it was made for', () => {
  expect(() => decodeCursor(encodeCursor('-name', { key: 'x', id: 1 }), 'name', 'string')).toThrow(/sort=-name/)
})
