import { describe, expect, test } from '@jest/globals'
import { sanitiseSql } from './index.ts'

describe('what becomes of a text', () => {
  test.each([
    ['', ''],
    ["select 'it''s'", 'select ?'],
    ["select E'it\\'s' || e'\\\\'", 'select ? || ?'],
    ["select U&'d\\0061t', u&'x' uescape '!'", 'select ?, ? uescape ?'],
    ["select B'101', x'1F', N'n'", 'select ?, ?, ?'],
    ['select $$a$b$$, $tag$ $$ $tag$', 'select ?, ?'],
    ["select'a'", 'select?'],
    ["select date'2020-01-01'", 'select date?'],
    ['select 1, 1.5, .5, 1e10, 1.5E-3, 0xFF, 0b11, 1_000', 'select ?, ?, ?, ?, ?, ?, ?, ?'],
    ['select t1.c2, a1b2 from x_9', 'select t1.c2, a1b2 from x_9'],
    ['a = -5 and b between -1.5 and -2 and c-1 > 0', 'a = ? and b between ? and ? and c-? > ?'],
    ['where a = $1 and b = $12::text', 'where a = $1 and b = $12::text'],
    ['where a is null and b = true or c = FALSE', 'where a is null and b = ? or c = ?'],
    ['select 1 -- secret\n, 2 /* a /* b */ c */ , 3', 'select ? , ? , ?'],
    ['  select\n\t1  ', 'select ?'],
    ['a in (1, 2, 3)', 'a in (?)'],
    ['a in (1)', 'a in (?)'],
    ["a not IN ( -1 , 'x' ,null )", 'a not IN (?)'],
    ['a in ($1, $2)', 'a in (?)'],
    ["a in ('x'::uuid, 'y'::uuid)", 'a in (?)'],
    ['(a, b) in ((1, 2), (3, 4))', '(a, b) in (?)'],
    ['a in (select b from c where d = 1)', 'a in (select b from c where d = ?)'],
    ["a = any(array['x', 'y'])", 'a = any(array[?])'],
    ['coalesce(a, 1, 2)', 'coalesce(a, ?, ?)'],
    ['f(1, 2)', 'f(?, ?)'],
    [
      "insert into t (a, b) values (1, 'x'), (2, default), (3, (4)) on conflict (a) do nothing",
      'insert into t (a, b) values (?, ?) on conflict (a) do nothing',
    ],
    ['select * from (values (1), (2)) as v (a), (select 1) w', 'select * from (values (?)) as v (a), (select ?) w'],
    ['select "c0"."na""me" from "T 1"', 'select "c0"."na""me" from "T 1"'],
    [`select U&"d\\0061t"`, 'select U&"d\\0061t"'],
    [`a ? 'k' and a ?| array['x'] and a ?& b and a->>'k' @> '{}'`, 'a ? ? and a ?| array[?] and a ?& b and a->>? @> ?'],
    ["'1'::int::text", '?::int::text'],
    [")) ] 'x' ((", ')) ] ? (('],
  ])('%j', (text, shape) => {
    expect(sanitiseSql(text)).toBe(shape)
  })

  test.each([
    "a 'secret",
    "E'secret\\",
    '$t$secret $t',
    '/* /* secret */',
    '"secret',
    '"secret""',
    '-- secret',
    "u&'secret",
  ])('what is never closed is swallowed: %j', (text) => {
    expect(sanitiseSql(text)).not.toContain('secret')
  })
})

test('a sanitised text is its own shape', () => {
  const text = "insert into t values (1, 'x'), (2, 'y'); select 1 from a where b in (1, 2) and c ?| array['d']"
  const once = sanitiseSql(text)
  expect(sanitiseSql(once)).toBe(once)
})

test('one and two thousand rows or values have one shape', () => {
  const rows = (count: number) =>
    `insert into t values ${Array.from({ length: count }, (_, i) => `(${i}, 'v')`).join(', ')}`
  const list = (count: number) => `select 1 where a in (${Array.from({ length: count }, (_, i) => i).join(',')})`
  expect(sanitiseSql(rows(2_000))).toBe(sanitiseSql(rows(1)))
  expect(sanitiseSql(rows(50_000))).toBe(sanitiseSql(rows(1)))
  expect(sanitiseSql(list(2_000))).toBe(sanitiseSql(list(1)))
})

test('the text is capped at 8 KB, between characters', () => {
  const shape = sanitiseSql('"😀", '.repeat(5_000))
  expect(shape.length).toBeLessThanOrEqual(8_192)
  expect(shape.isWellFormed()).toBe(true)
})

test.each(['(', '[1,', "'", '"', '$a', '$$', '/*', "E'\\", 'values (', 'in (', '-', '1e-', '((1,2),'])(
  'repeated %j takes no longer than its length deserves',
  (piece) => {
    const began = performance.now()
    sanitiseSql(piece.repeat(500_000))
    expect(performance.now() - began).toBeLessThan(500)
  },
)

test('no secret survives in any mixture of tokens, whatever its context', () => {
  const random = generator(20_260_801)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
  const secret = () => `zq${Math.floor(random() * 1e9)}zq`
  const literals = [
    () => `'${secret()}'`,
    () => `'a''${secret()}''b'`,
    () => `E'\\'${secret()}\\\\'`,
    () => `$$${secret()}$$`,
    () => `$t1$'${secret()}$$$t1$`,
    () => `U&'${secret()}'`,
    () => `x'${secret()}'`,
    () => `-- '${secret()}\n`,
    () => `/* ' /* ${secret()} */ " */`,
  ]
  const others = [
    'select',
    ' ',
    '(',
    ')',
    '[',
    ']',
    ',',
    '::',
    'in (',
    'values (',
    '"q"',
    '$1',
    '1.5',
    ' - ',
    '?|',
    ';',
    'null',
    'é',
    '\n',
    '\0',
  ]
  for (let round = 0; round < 5_000; round += 1) {
    const length = 1 + Math.floor(random() * 30)
    // Apart by a space: `e` before `'` would be another literal.
    const text = Array.from({ length }, () => (random() < 0.4 ? pick(literals)() : pick(others))).join(' ')
    const cut = text.slice(0, Math.floor(random() * (text.length + 1)))
    for (const input of [text, cut]) {
      const shape = sanitiseSql(input)
      if (/zq\d|\dzq/.test(shape)) throw new Error(`Expected no secret of ${JSON.stringify(input)}, got ${shape}`)
    }
  }
})

test('any characters at all give a text', () => {
  const random = generator(7)
  const alphabet = `'"$\\eEuU&xb()[],.-/*:?0129az_ \n\t\u00e9\ud83d\ude00\0`
  for (let round = 0; round < 5_000; round += 1) {
    const length = Math.floor(random() * 60)
    const text = Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
    expect(typeof sanitiseSql(text)).toBe('string')
  }
})

/** mulberry32: the same numbers on every run. */
function generator(seed: number): () => number {
  let state = seed
  return function next() {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
