import { expect, test } from '@jest/globals'
import { describeKey, namespaceOf, type KeyParts } from './key.ts'
import { listedPairs } from './query.ts'

const parts: KeyParts = { prefix: 'meridian', deployment: 'a1b2c3d', route: '/v1/x/:id', path: '/v1/x/1', query: [] }
const keyOf = (change: Partial<KeyParts> = {}) => describeKey({ ...parts, ...change }).key

test('a key reads prefix, version, deployment, route and hash', () => {
  expect(keyOf()).toMatch(/^meridian:v1:a1b2c3d:v1\/x\/_id:[\w-]{32}$/)
  expect(keyOf({ route: '/' })).toMatch(/^meridian:v1:a1b2c3d:root:[\w-]{32}$/)
})

test('every part of a request that is keyed makes another key', () => {
  const keys = [
    keyOf(),
    keyOf({ prefix: 'other' }),
    keyOf({ deployment: 'other' }),
    keyOf({ route: '/v1/y/:id' }),
    keyOf({ path: '/v1/x/2' }),
    keyOf({ query: [['a', '1']] }),
    keyOf({ query: [['a', '2']] }),
    keyOf({ query: [['a1', '']] }),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

test('parameters are sorted by name, and the values of one keep their order', () => {
  const one = keyOf({ query: [['b', '2'], ['a', '1'], ['a', '0']] }) // prettier-ignore
  expect(keyOf({ query: [['a', '1'], ['b', '2'], ['a', '0']] })).toBe(one) // prettier-ignore
  expect(keyOf({ query: [['a', '0'], ['b', '2'], ['a', '1']] })).not.toBe(one) // prettier-ignore
})

test('fields can’t run together into another request’s key', () => {
  expect(keyOf({ path: '/a', query: [['b', 'c']] })).not.toBe(keyOf({ path: '/a1:b', query: [['', 'c']] }))
  expect(keyOf({ query: [['a', 'b1:c']] })).not.toBe(keyOf({ query: [['a', 'b'], ['c', '']] })) // prettier-ignore
  expect(describeKey({ ...parts, query: [['a', '1']] }).fields).toEqual([
    'v1',
    'a1b2c3d',
    '/v1/x/:id',
    '/v1/x/1',
    'a',
    '1',
  ])
})

test('colons and globs in a namespace are replaced without making two namespaces one', () => {
  expect(namespaceOf('meridian')).toBe('meridian')
  for (const name of ['a:b', 'a*', 'a?', 'a[b]', 'a\\b', 'a b', '', 'é', 'x'.repeat(300)]) {
    expect(namespaceOf(name)).toMatch(/^[\w./-]*~[A-Za-z0-9]{8}$/)
  }
  expect(namespaceOf('a:b')).not.toBe(namespaceOf('a*b'))
  expect(namespaceOf(namespaceOf('a:b'))).not.toBe(namespaceOf('a:b'))
})

test('a key stays within 250 bytes', () => {
  const long = 'é:'.repeat(500)
  expect(Buffer.byteLength(keyOf({ prefix: long, deployment: long, route: long, path: long }))).toBeLessThanOrEqual(250)
})

test('a parameter outside the list takes the request out of the cache', () => {
  expect(listedPairs('', [])).toEqual([])
  expect(listedPairs('b=2&a=1&a=%20', ['a', 'b'])).toEqual([['b', '2'], ['a', '1'], ['a', ' ']]) // prettier-ignore
  expect(listedPairs('a=1&c', ['a', 'b'])).toBe('unlisted-query')
})
