import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { DCLinter } from 'dclint'
import { root } from './repository.ts'

/** Matters of order, which here follows the request. */
const style = [
  'service-dependencies-alphabetical-order',
  'service-keys-order',
  'service-ports-alphabetical-order',
  'services-alphabetical-order',
  'top-level-properties-order',
]

test("docker-compose.yml follows the Compose Specification's schema, and dclint's rules", () => {
  const rules = Object.fromEntries(style.map((name) => [name, 0 as const]))
  const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] })
  // Typed here, as dclint's own types import each other without an extension, which nodenext can't follow.
  const results: readonly { readonly messages: readonly unknown[] }[] = linter.lintFiles(
    [join(root, 'docker-compose.yml')],
    false,
  )
  expect(results).toHaveLength(1)
  expect(results.flatMap(({ messages }) => messages)).toEqual([])
})
