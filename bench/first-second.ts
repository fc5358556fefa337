import type { Bench } from './bench.ts'
import { formatMs, formatRatio } from './format.ts'
import { prime } from './modes.ts'
import { probeAs } from './probe.ts'
import { largeList } from './routes.ts'
import { startService } from './service-process.ts'
import { stackEnvironment } from './stack.ts'
import { median, p99 } from './statistics.ts'
import type { SectionResult } from './table.ts'

const paths = ['/__version__', '/v1/countries/FR', '/v1/cities?q=san&limit=100', largeList]

/**
 * What a client sees who asks twice: the first answer by the handler (and stored), the second from the cache, in turn,
 * one at a time. Keys can't be made up without end, so `no-cache` makes each first answer a first one.
 */
export async function firstAndSecond(bench: Bench): Promise<SectionResult> {
  const service = await startService({
    ...stackEnvironment(await bench.stack()),
    NODE_ENV: 'production',
    CACHE_BYPASS: 'client',
    CACHE_KEY_PREFIX: 'bench-pairs',
    PROFILER: 'off',
    LOG_LEVEL: 'warn',
  })
  bench.closing.add(service.stop)
  const { pairs, pairSeconds } = bench.effort
  const measured = []
  for (const path of paths) {
    bench.say(`asking twice for ${path}`)
    await prime(service.url + path)
    await measurePairs(service.url + path, pairs / 4, pairSeconds / 4)
    const { first, second } = await measurePairs(service.url + path, pairs, pairSeconds)
    measured.push({ path, pairs: first.length, first, second })
  }
  await service.stop()
  const rows = measured.map(({ path, first, second }) => [
    `\`${path}\``,
    String(first.length),
    formatMs(median(first)),
    formatMs(p99(first)),
    formatMs(median(second)),
    formatMs(p99(second)),
    formatRatio(median(first) / median(second)),
  ])
  const columns = ['route', 'pairs', 'first p50 ms', 'first p99 ms', 'second p50 ms', 'second p99 ms', 'first / second']
  const title = 'The first answer and the second, one request at a time'
  return { tables: [{ name: 'first-second', title, columns, rows }], data: measured }
}

async function measurePairs(url: string, pairs: number, seconds: number) {
  const first: number[] = []
  const second: number[] = []
  for (const end = performance.now() + seconds * 1_000; first.length < pairs && performance.now() < end;) {
    first.push((await probeAs(url, { 'Cache-Control': 'no-cache' }, { status: 200, cacheStatus: /; stored/ })).ms)
    second.push((await probeAs(url, {}, { status: 200, cacheStatus: /; hit/ })).ms)
  }
  return { first, second }
}
