import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startApp, type TestApp } from '../../tests/support/app.ts'
import { send } from '../../tests/support/http.ts'

let app: TestApp

beforeAll(async () => {
  // Off, so that each request shows the queries it takes.
  app = await startApp({ cache: { enabled: false } })
})

afterAll(async () => {
  await app.close()
})

async function get(path: string) {
  app.takeQueries()
  const { status, json, headers } = await send(app.url + path)
  return { status, json, headers, queries: app.takeQueries().length }
}

describe('countries', () => {
  test('a country has its codes, names, place and numbers', async () => {
    const { json } = await get('/v1/countries/FR')
    expect(json).toMatchObject({
      code: 'FR',
      alpha3: 'FRA',
      numericCode: '250',
      name: 'France',
      officialName: 'French Republic',
      region: 'Europe',
      subregion: 'Western Europe',
      area: 551_695,
      callingCodes: ['+33'],
      capitalId: 2_988_507,
    })
    expect(json).not.toHaveProperty('translations')
    expect(json).not.toHaveProperty('searchKey')
  })

  test.each([
    ['/v1/countries/fr', '/v1/countries/FR'],
    ['/v1/countries/FRA?fields=name', '/v1/countries/FR?fields=name'],
    ['/v1/countries/250', '/v1/countries/FR'],
    ['/v1/countries/fra/cities?limit=1', '/v1/countries/FR/cities?limit=1'],
    ['/v1/countries/fra/neighbours', '/v1/countries/FR/neighbours'],
    ['/v1/countries/fra/subdivisions', '/v1/countries/FR/subdivisions'],
    ['/v1/countries/%46R', '/v1/countries/FR'],
    ['/v1/subdivisions/fr.11', '/v1/subdivisions/FR.11'],
    ['/v1/subdivisions/F%52.11/cities?limit=1', '/v1/subdivisions/FR.11/cities?limit=1'],
    ['/v1/cities/0002988507', '/v1/cities/2988507'],
  ])('%s redirects to %s', async (path, location) => {
    const { status, headers } = await get(path)
    expect([status, headers.location]).toEqual([308, location])
  })

  test.each([
    ['region=Europe', 53],
    ['region=western%20europe', 8],
    ['language=fra', 46],
    ['currency=EUR', 37],
    ['region=Africa&language=fra&currency=XOF', 7],
    ['q=deutschland', 1],
    ['q=%C3%85land', 1],
    ['q=_', undefined],
    ['q=%25', undefined],
    ['region=%25', undefined],
    ['region=a%3Fb', undefined],
  ])('?%s filters', async (query, count) => {
    const { status, json } = await get(`/v1/countries?${query}&fields=name`)
    if (count === undefined) expect(status).toBe(400)
    else expect(json.data).toHaveLength(count)
  })

  test('sorts by name without regard to accents, by code and by area, the unknown last', async () => {
    const names = async (query: string) =>
      (await get(`/v1/countries?${query}&fields=name`)).json.data.map(({ name }: { name: string }) => name)
    const byName = await names('sort=name')
    expect(byName.slice(0, 3)).toEqual(['Afghanistan', 'Åland Islands', 'Albania'])
    expect(await names('sort=-name')).toEqual(byName.toReversed())
    expect((await names('sort=-area'))[0]).toBe('Russia')
    expect((await names('sort=-area')).at(-1)).toBe('Svalbard and Jan Mayen')
    expect((await names('sort=area')).at(-1)).toBe('Svalbard and Jan Mayen')
    expect((await names('sort=code'))[0]).toBe('Andorra')
  })

  test('250 of them with everything included take 6 queries at most, and as many as one does', async () => {
    const everything = 'include=capital,languages,currencies,neighbours'
    const all = await get(`/v1/countries?${everything}`)
    expect(all.json.data).toHaveLength(250)
    expect(all.queries).toBeLessThanOrEqual(6)
    const one = await get(`/v1/countries?q=france&${everything}`)
    expect(one.queries).toBe(all.queries)
    const france = all.json.data.find(({ code }: { code: string }) => code === 'FR')
    expect(france).toMatchObject({
      capital: { id: 2_988_507, name: 'Paris', timezone: 'Europe/Paris' },
      languages: [{ code: 'fra', name: 'French' }],
      currencies: [{ code: 'EUR', name: 'Euro', symbol: '€' }],
    })
    const codes = france.neighbours.map(({ code }: { code: string }) => code)
    expect(codes).toEqual(['AD', 'BE', 'CH', 'DE', 'ES', 'IT', 'LU', 'MC'])
    const antarctica = all.json.data.find(({ code }: { code: string }) => code === 'AQ')
    expect(antarctica).toMatchObject({ capital: null, languages: [], currencies: [], neighbours: [] })
  })

  test('neighbours include their capitals', async () => {
    const { json, queries } = await get('/v1/countries/PT/neighbours?include=capital&fields=name')
    expect(json.data).toEqual([{ name: 'Spain', capital: expect.objectContaining({ name: 'Madrid' }) }])
    expect(queries).toBeLessThanOrEqual(3)
  })

  test('subdivisions include the number of their cities', async () => {
    const { json, queries } = await get('/v1/countries/FR/subdivisions?include=cityCount')
    expect(json.data).toHaveLength(13)
    expect(json.data[0]).toMatchObject({ geonamesCode: 'FR.84', country: 'FR', cityCount: expect.any(Number) })
    expect(json.data.every(({ cityCount }: { cityCount: number }) => cityCount > 10)).toBe(true)
    expect(queries).toBe(2)
  })
})

const manyThings = 'include=alternateNames,countryDetails,subdivisionDetails'

test.each([
  [
    '/v1/countries?q=france&include=capital,currencies,languages,neighbours,timezones,translations',
    '/v1/countries?include=capital,currencies,languages,neighbours,timezones,translations',
  ],
  ['/v1/countries/PT/neighbours?include=capital', '/v1/countries/CN/neighbours?include=capital'],
  ['/v1/countries/AD/subdivisions?include=cityCount', '/v1/countries/US/subdivisions?include=cityCount'],
  [`/v1/cities?limit=2&${manyThings}`, `/v1/cities?limit=100&${manyThings}`],
  [`/v1/countries/US/cities?limit=2&${manyThings}`, `/v1/countries/US/cities?limit=100&${manyThings}`],
  [`/v1/subdivisions/FR.11/cities?limit=2&${manyThings}`, `/v1/subdivisions/FR.11/cities?limit=100&${manyThings}`],
])('%s costs as many queries as %s', async (few, many) => {
  const short = await get(few)
  const long = await get(many)
  expect(long.json.data.length).toBeGreaterThan(short.json.data.length)
  expect(long.queries).toBe(short.queries)
  expect(long.queries).toBeLessThanOrEqual(6)
})

test.each([
  ['/v1/timezones', 392, 2],
  ['/v1/languages', 153, 2],
  ['/v1/currencies', 162, 2],
  ['/v1/regions', 6, 1],
])('%s is %d entries in %d queries', async (path, entries, queries) => {
  const reply = await get(path)
  expect([reply.json.data.length, reply.queries]).toEqual([entries, queries])
})

describe('cities', () => {
  test('a city has its place, its people and what was included', async () => {
    const { json } = await get('/v1/cities/2988507?include=alternateNames,countryDetails,subdivisionDetails')
    expect(json).toMatchObject({
      id: 2_988_507,
      name: 'Paris',
      country: 'FR',
      subdivision: 'FR.11',
      timezone: 'Europe/Paris',
      population: 2_138_551,
      countryDetails: { code: 'FR', name: 'France' },
      subdivisionDetails: { geonamesCode: 'FR.11', name: 'Île-de-France' },
    })
    expect(json.alternateNames).toContain('Lutetia')
  })

  test.each([
    ['country=fr&minPopulation=500000', ['Paris', 'Marseille', 'Lyon']],
    ['subdivision=DE.02&minPopulation=400000', ['Munich', 'Nürnberg']],
    ['q=SAINT+%C3%89TIENNE+DU+ROU&country=FR', ['Saint-Étienne-du-Rouvray']],
    ['timezone=Africa/Lagos&minPopulation=3000000', ['Lagos', 'Kano', 'Ibadan']],
    ['q=%25paris&country=FR', ['Paris']],
  ])('?%s filters, the largest first', async (query, names) => {
    const { json } = await get(`/v1/cities?${query}`)
    expect(json.data.map(({ name }: { name: string }) => name).slice(0, 3)).toEqual(names)
  })

  test.each(['-population', 'population', 'name', '-name'])(
    'pages sorted by %s hold every city of a country once, in order',
    async (sort) => {
      const found: { id: number; name: string; population: number | null }[] = []
      let path: string | undefined = `/v1/countries/CL/cities?sort=${sort}&limit=20&fields=id,name,population`
      while (path !== undefined) {
        const { json, headers } = await get(path)
        found.push(...json.data)
        expect(json.data.length).toBeLessThanOrEqual(20)
        const next: string | undefined = /^<(.*)>; rel="next"$/.exec(String(headers.link))?.[1]
        expect(next === undefined).toBe(json.nextCursor === null)
        path = next
      }
      expect(found).toHaveLength(154)
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length)
      if (sort.endsWith('name')) return
      const populations = found.map(({ population }) => population ?? 0)
      const ordered = populations.toSorted((a, b) => (sort === 'population' ? a - b : b - a))
      expect(populations).toEqual(ordered)
    },
  )

  test('a cursor of another sort is refused', async () => {
    const { json } = await get('/v1/cities?limit=1')
    const { status } = await get(`/v1/cities?limit=1&sort=name&cursor=${json.nextCursor}`)
    expect(status).toBe(400)
  })

  test('a made-up cursor is a place in the list, whatever is in its key', async () => {
    const cursor = (key: string) => Buffer.from(JSON.stringify(['name', key, 1])).toString('base64url')
    for (const key of ['a?b', "a'; drop table city; --", '$1', '\\', '%']) {
      const { status, json } = await get(`/v1/cities?sort=name&limit=1&cursor=${cursor(key)}`)
      expect([key, status, json.data.length]).toEqual([key, 200, 1])
    }
  })

  test('a path in other letters is another path', async () => {
    for (const path of ['/V1/cities', '/v1/cities/', '/v1/cities/2988507/']) expect((await get(path)).status).toBe(404)
  })

  test('a city of unknown population says so', async () => {
    const { json } = await get('/v1/cities?sort=population&limit=1')
    expect(json.data[0].population).toBeNull()
  })
})

describe('the lists', () => {
  test('name the countries that each time zone, language and currency belongs to', async () => {
    const find = async (path: string, key: string, value: string) =>
      (await get(path)).json.data.find((each: Record<string, unknown>) => each[key] === value)
    expect(await find('/v1/timezones', 'name', 'Europe/Paris')).toMatchObject({ countries: ['FR'] })
    expect(await find('/v1/languages', 'code', 'deu')).toMatchObject({
      countries: ['BE', 'DE', 'LI', 'LU', 'NA'],
    })
    expect(await find('/v1/currencies', 'code', 'CHF')).toMatchObject({ countries: ['CH', 'LI'] })
  })

  test('count countries by region and subregion', async () => {
    const { json } = await get('/v1/regions')
    const countries = json.data.reduce(
      (sum: number, { countryCount }: { countryCount: number }) => sum + countryCount,
      0,
    )
    expect(countries).toBe(250)
    expect(json.data.map(({ name }: { name: string }) => name)).toContain('Antarctic')
  })
})

test('the data set names its sources, licences and what was dropped', async () => {
  const { json } = await get('/v1/dataset')
  expect(json.sources.map(({ licence }: { licence: string }) => licence)).toEqual([
    'ODbL-1.0',
    'CC-BY-4.0',
    'CC-BY-4.0',
  ])
  expect(json.attribution.join(' ')).toMatch(/GeoNames.*Creative Commons/)
  expect(json.cities).toMatchObject({ kept: 135_560, dropped: expect.any(Object) })
  expect(json).not.toHaveProperty('report')
})
