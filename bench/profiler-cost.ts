import type { Bench } from './bench.ts'
import { connections } from './effort.ts'
import { formatCount, formatMs, formatRatio } from './format.ts'
import { load } from './load.ts'
import { countQueries } from './query-counts.ts'
import { startService } from './service-process.ts'
import { stackEnvironment } from './stack.ts'
import { median } from './statistics.ts'
import type { SectionResult } from './table.ts'

/** One query, and five. */
const paths = ['/v1/countries/FR', '/v1/countries/FR?include=capital,languages,currencies,neighbours,timezones']

interface Side {
  readonly rates: number[]
  readonly latencies: number[]
}

/**
 * What counting queries takes: a development run with the profiler on against one with it off, in turn, each request
 * through its handler. Neither logs: the lines are a cost of the log, which both have.
 */
export async function profilerCost(bench: Bench): Promise<SectionResult> {
  const stack = await bench.stack()
  const queries = await countQueries(stack, paths)
  const environment = { ...stackEnvironment(stack), NODE_ENV: 'development', LOG_LEVEL: 'warn' }
  const off = await startService({ ...environment, PROFILER: 'off', CACHE_KEY_PREFIX: 'bench-profiler-off' })
  bench.closing.add(off.stop)
  const on = await startService({ ...environment, PROFILER: 'on', CACHE_KEY_PREFIX: 'bench-profiler-on' })
  bench.closing.add(on.stop)
  const measured = []
  for (const path of paths) {
    bench.say(`with the profiler and without: ${path}`)
    const sides = { off: { rates: [], latencies: [] } as Side, on: { rates: [], latencies: [] } as Side }
    const base = { headers: { 'Cache-Control': 'no-store' }, status: 200 as const }
    for (const { url } of [off, on]) await load({ ...base, url: url + path, connections, seconds: 0.5 })
    for (let round = 0; round < bench.effort.rounds; round += 1) {
      for (const [{ url }, side] of [
        [off, sides.off],
        [on, sides.on],
      ] as const) {
        const { seconds, latencySeconds } = bench.effort
        side.rates.push((await load({ ...base, url: url + path, connections, seconds })).rate)
        const single = await load({ ...base, url: url + path, connections: 1, seconds: latencySeconds })
        side.latencies.push(...single.latencies)
      }
    }
    measured.push({ path, queries: queries.get(path), ...sides })
  }
  await Promise.all([off.stop(), on.stop()])
  const rows = measured.map(({ path, queries, off, on }) => [
    `\`${path}\``,
    String(queries),
    formatCount(median(off.rates)),
    formatCount(median(on.rates)),
    formatRatio(median(on.rates.map((rate, round) => rate / (off.rates[round] ?? Number.NaN)))),
    formatMs(median(off.latencies)),
    formatMs(median(on.latencies)),
  ])
  const columns = [
    'route, cold',
    'queries',
    'off: requests/s',
    'on: requests/s',
    'on / off',
    'off: p50 ms',
    'on: p50 ms',
  ]
  const title = 'What the profiler costs a development run'
  return { tables: [{ name: 'profiler', title, columns, rows }], data: measured }
}
