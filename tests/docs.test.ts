import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { cachePolicies } from '../service/cache-policies.ts'
import { describeKey } from '../service/cache/index.ts'

const performance = readFileSync(new URL('../docs/performance.md', import.meta.url), 'utf8')

/** What stands between the markers of that name. */
function marked(name: string): string {
  const [, text] = new RegExp(`<!-- ${name} -->([^]*)<!-- /${name} -->`).exec(performance) ?? []
  if (text === undefined) throw new Error(`Expected markers of ${name} in docs/performance.md, got none`)
  return text
}

test('docs/performance.md tells how long each route is cached, of every route and of no other', () => {
  const rows = [...marked('cache-policies').matchAll(/^\| `(?<route>\/[^`]*)` \| `?(?<ttl>[^|`]+)`? \|/gm)]
  const told = rows.map(({ groups }) => [groups?.['route'], groups?.['ttl']?.trim()])
  expect(told).toEqual(Object.entries(cachePolicies).map(([route, policy]) => [route, policy?.ttl ?? 'never']))
})

test('docs/performance.md shows a real key', () => {
  const parts = { prefix: 'meridian', deployment: '0.1.0-3c9be52a7f10-1', route: '/v1/countries/:code' }
  const { key } = describeKey({ ...parts, path: '/v1/countries/FR', query: [] })
  expect(marked('key-example').trim()).toBe(key)
})
