import type { Bench } from './bench.ts'
import { connections } from './effort.ts'
import { formatCount, formatRatio } from './format.ts'
import { load } from './load.ts'
import { probe } from './probe.ts'
import { checkOrder, type Findings } from './request-path-checks.ts'
import { orders } from './request-path-orders.ts'
import { startServer, type OrderServer } from './request-path-process.ts'
import { median } from './statistics.ts'
import type { SectionResult, Table } from './table.ts'

interface Measured {
  readonly server: OrderServer
  /** Requests a second, a list for each scenario, one for each round; undefined where the order doesn't do it at all. */
  readonly rates: (number[] | undefined)[]
}

/** Orders of compress, conditional-get, etag and the cache: what each gets right, and how fast. Needs no database. */
export async function requestPath(bench: Bench): Promise<SectionResult> {
  const servers: OrderServer[] = []
  for (const name of ['bare', ...Object.keys(orders)]) servers.push(await startServer(bench, name))
  const [bare, ...ordered] = servers
  bench.say('checking what each order of the request path answers')
  const findings = new Map<string, Findings>()
  for (const server of ordered) findings.set(server.name, await checkOrder(server))

  const measured: Measured[] = []
  for (const server of [bare!, ...ordered]) measured.push(await warmUp(bench, server))
  for (let round = 0; round < bench.effort.rounds; round += 1) {
    bench.say(`measuring each order of the request path, ${round + 1} of ${bench.effort.rounds}`)
    for (const { server, rates } of measured) {
      for (const [index, { headers, status }] of (await scenariosOf(server)).entries()) {
        const options = { url: `${server.url}/cached`, headers, status, connections, seconds: bench.effort.seconds }
        rates[index]?.push((await load(options)).rate)
      }
    }
  }
  return {
    tables: [correctness(findings), speed(measured)],
    data: { findings: Object.fromEntries(findings), rates: ratesOf(measured) },
  }
}

function ratesOf(measured: readonly Measured[]) {
  return Object.fromEntries(measured.map(({ server, rates }) => [server.name, rates]))
}

/** A hit as identity, a hit as gzip, and a 304 for a client that takes gzip, as all browsers do. */
async function scenariosOf({ url }: OrderServer) {
  const { headers } = await probe(`${url}/cached`)
  const conditional = { 'Accept-Encoding': 'gzip', 'If-None-Match': String(headers.etag) }
  return [
    { headers: {}, status: 200 as const, encoding: undefined },
    { headers: { 'Accept-Encoding': 'gzip' }, status: 200 as const, encoding: 'gzip' },
    { headers: conditional, status: 304 as const, encoding: undefined },
  ]
}

async function warmUp({ effort }: Bench, server: OrderServer): Promise<Measured> {
  const rates: Measured['rates'] = []
  const url = `${server.url}/cached`
  const scenarios = await scenariosOf(server)
  for (const { headers, status, encoding } of scenarios) {
    const answer = await probe(url, headers)
    const does = answer.status === status && (status === 304 || answer.headers['content-encoding'] === encoding)
    rates.push(does ? [] : undefined)
  }
  // Twice through the mix that is measured: what the JIT makes of one kind alone, the next kind undoes.
  for (const { headers, status } of [...scenarios, ...scenarios].filter((_, index) => rates[index % rates.length])) {
    await load({ url, headers, status, connections, seconds: effort.warmUpSeconds })
  }
  return { server, rates }
}

function correctness(findings: ReadonlyMap<string, Findings>): Table {
  const word = (value: boolean) => (value ? 'yes' : '**no**')
  return {
    name: 'request-path-answers',
    title: 'What each order of the request path answers',
    columns: [
      'order, outermost first',
      'hits',
      'gzip hits',
      'ETag and Vary: cached',
      '… uncached',
      '304: cached',
      '… uncached',
      'compresses for a 304',
    ],
    rows: [...findings].map(([name, found]) => [
      describe(name),
      word(found.hitIdentity),
      word(found.hitGzip),
      word(found.fieldsCached),
      word(found.fieldsUncached),
      word(found.notModifiedCached),
      word(found.notModifiedUncached),
      found.compressedInVain ? '**yes**' : 'no',
    ]),
  }
}

function speed(measured: readonly Measured[]): Table {
  const [bare] = measured
  const cells = ({ rates }: Measured) =>
    rates.flatMap((list, scenario) => {
      if (list === undefined) return ['–', '–']
      const ratios = list.map((rate, round) => rate / (bare?.rates[scenario]?.[round] ?? Number.NaN))
      return [formatCount(median(list)), formatRatio(median(ratios))]
    })
  return {
    name: 'request-path-speed',
    title: 'How fast each order is, and its ratio to bare Koa with prepared bodies',
    columns: ['order', 'hit/s', 'to bare', 'gzip hit/s', 'to bare', '304/s', 'to bare'],
    rows: measured.map((row) => [row.server.name === 'bare' ? 'bare Koa' : row.server.name, ...cells(row)]),
  }
}

function describe(name: string): string {
  return `${name}: ${orders[name as keyof typeof orders].join(' → ')}`
}
