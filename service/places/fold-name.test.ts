import { expect, test } from '@jest/globals'
import { foldName } from './fold-name.ts'

test.each([
  ['Saint-Étienne', 'saint etienne'],
  ['Łódź', 'lodz'],
  ['Møn', 'mon'],
  ['Straße', 'strasse'],
  ['  New   York ', 'new york'],
  ['Ağrı', 'agri'],
  ['Đà Nẵng', 'da nang'],
  ['東京', '東京'],
  ['Москва', 'москва'],
  ["L'Aquila", 'l aquila'],
  ['-.-', ''],
])('folds %j to %j', (name, folded) => {
  expect(foldName(name)).toBe(folded)
  expect(foldName(folded)).toBe(folded)
})
