import { describe, expect, test } from '@jest/globals'
import { alternateNames, callingCodes, subdivisionRepair, whyDropped } from './recipe.ts'
import { parseCity } from './sources.ts'

describe('which rows are cities', () => {
  test.each([
    ['PPL', 1_000, undefined],
    ['PPL', 999, 'fewer than 1,000 inhabitants and no seat of an administration'],
    ['PPLA3', 0, undefined],
    ['PPLA4', 0, 'fewer than 1,000 inhabitants and no seat of an administration'],
    ['PPLC', 0, undefined],
    ['PPLX', 250_000, 'section of a populated place (PPLX)'],
    ['PPLCH', 250_000, 'historical capital (PPLCH)'],
  ])('%s with %d inhabitants', (featureCode, population, reason) => {
    expect(whyDropped({ featureCode, population })).toBe(reason)
  })
})

describe('a subdivision code out of use', () => {
  const places = [
    { name: 'Vila', lat: '42.50', lng: '1.50', country: 'AD', admin1: '03' },
    { name: 'Vila', lat: '42.54', lng: '1.54', country: 'AD', admin1: '02' },
    { name: 'Vila', lat: '42.54', lng: '1.54', country: 'AD', admin1: '99' },
    { name: 'Vila', lat: '42.54', lng: '1.54', country: 'ES', admin1: '02' },
  ]
  const repair = subdivisionRepair(places, new Set(['AD.02', 'AD.03', 'ES.02']))
  const vila = { country: 'AD', name: 'Vila', latitude: 42.55, longitude: 1.55 }

  test('is that of the nearest place of the same name in the same country', () => {
    expect(repair(vila)).toBe('AD.02')
    expect(repair({ ...vila, latitude: 42.49, longitude: 1.49 })).toBe('AD.03')
  })

  test('stays unknown where no such place is within a tenth of a degree', () => {
    expect(repair({ ...vila, latitude: 42.65 })).toBeUndefined()
    expect(repair({ ...vila, name: 'Ordino' })).toBeUndefined()
  })
})

test('alternate names leave out the own name, repetitions and nothing', () => {
  expect(alternateNames({ name: 'Paris', alternateNames: 'Lutetia,Paris,,Lutetia,Parigi' })).toEqual([
    'Lutetia',
    'Parigi',
  ])
  expect(alternateNames({ name: 'Paris', alternateNames: '' })).toEqual([])
})

test.each([
  [{ root: '+3', suffixes: ['3'] }, ['+33']],
  [{ root: '+1', suffixes: ['809', '829', '849'] }, ['+1809', '+1829', '+1849']],
  [{ root: '+1', suffixes: Array.from({ length: 300 }, (_, code) => String(201 + code)) }, ['+1']],
  [{ root: '+7', suffixes: ['3', '4', '5', '8', '9'] }, ['+7']],
  [{ root: '', suffixes: [] }, []],
])('calling codes of %j', (idd, codes) => {
  expect(callingCodes(idd)).toEqual(codes)
})

test('a row that is not in the shape of a GeoNames dump stops the import and is shown', () => {
  expect(() => parseCity('1\tNowhere')).toThrow(/Expected a GeoNames row of 19 columns, got 2: 1\tNowhere/)
  expect(() => parseCity(Array.from({ length: 19 }, () => 'x').join('\t'))).toThrow(/Expected a GeoNames row/)
})
