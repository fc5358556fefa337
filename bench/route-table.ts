import type { Bench } from './bench.ts'
import { connections } from './effort.ts'
import { formatCount, formatMs } from './format.ts'
import { load } from './load.ts'
import { modesOf, prime, settle, type Mode } from './modes.ts'
import { probeAs } from './probe.ts'
import { countQueries } from './query-counts.ts'
import { routes } from './routes.ts'
import { startService } from './service-process.ts'
import { stackEnvironment } from './stack.ts'
import { median, p99 } from './statistics.ts'
import type { SectionResult } from './table.ts'

interface Measured {
  readonly path: string
  readonly mode: string
  readonly queries: number
  readonly bytes: number
  /** Of the latencies: how many there were. */
  readonly samples: number
  /** The least share of hits in a round, where there should be hits. */
  readonly hits: number | undefined
  readonly rate: number
  readonly p50: number
  readonly p99: number | undefined
}

/** Each route cold, warm and conditional: throughput over several connections, latency over one. */
export async function routeTable(bench: Bench): Promise<SectionResult> {
  const stack = await bench.stack()
  const queries = await countQueries(stack, routes)
  const service = await startService({
    ...stackEnvironment(stack),
    NODE_ENV: 'production',
    CACHE_BYPASS: 'client',
    CACHE_KEY_PREFIX: 'bench-routes',
    PROFILER: 'off',
    LOG_LEVEL: 'warn',
  })
  bench.closing.add(service.stop)
  const measured: Measured[] = []
  for (const path of routes) {
    bench.say(`measuring ${path}`)
    measured.push(...(await measureRoute(bench, service.url, path, queries.get(path) ?? Number.NaN)))
  }
  await service.stop()
  for (const line of service.lines) bench.say(`the service said: ${String(line['msg'])}`)
  return { tables: [tableOf(measured)], data: measured }
}

async function measureRoute({ effort }: Bench, origin: string, path: string, queries: number): Promise<Measured[]> {
  const url = origin + path
  const cells: { mode: Mode; bytes: number; rates: number[]; latencies: number[]; hits: number[] }[] = []
  for (const mode of await modesOf(url, path)) {
    await settle(url)
    const { bytes } = await probeAs(url, mode.headers, mode)
    await load({ url, ...mode, connections, seconds: effort.warmUpSeconds })
    cells.push({ mode, bytes, rates: [], latencies: [], hits: [] })
  }
  for (let round = 0; round < effort.rounds; round += 1) {
    await prime(url)
    for (const { mode, rates, latencies, hits } of cells) {
      await settle(url)
      const many = await load({ url, ...mode, connections, seconds: effort.seconds })
      await settle(url)
      const one = await load({ url, ...mode, connections: 1, seconds: effort.latencySeconds })
      rates.push(many.rate)
      latencies.push(...one.latencies)
      hits.push(Math.min(many.asMeant, one.asMeant))
    }
  }
  return cells.map(({ mode, bytes, rates, latencies, hits }) => ({
    path,
    mode: mode.name,
    queries: mode.name === 'cold' ? queries : 0,
    bytes,
    samples: latencies.length,
    hits: mode.name === 'cold' ? undefined : Math.min(...hits),
    rate: median(rates),
    p50: median(latencies),
    p99: p99(latencies),
  }))
}

function tableOf(measured: readonly Measured[]) {
  return {
    name: 'routes',
    title: 'Routes: cold (handler and database), warm (a hit) and 304',
    columns: ['route', 'mode', 'queries', 'hits', 'requests/s', 'p50 ms', 'p99 ms', 'body bytes'],
    rows: measured.map((cell, index) => [
      // Named once: the modes that follow are of the same route.
      measured[index - 1]?.path === cell.path ? '' : `\`${cell.path}\``,
      cell.mode,
      String(cell.queries),
      cell.hits === undefined ? '–' : `${Math.floor(cell.hits * 100)}%`,
      formatCount(cell.rate),
      formatMs(cell.p50),
      formatMs(cell.p99),
      cell.bytes.toLocaleString('en-US'),
    ]),
  }
}
