import { setTimeout as sleep } from 'node:timers/promises'
import { probe } from './probe.ts'
import { startService, type LogLine } from './service-process.ts'
import { stackEnvironment, type Stack } from './stack.ts'

/** How many queries one answer of each path takes when nothing is cached, as the profiler of a development run logs it. */
export async function countQueries(stack: Stack, paths: readonly string[]): Promise<Map<string, number>> {
  const service = await startService({
    ...stackEnvironment(stack),
    NODE_ENV: 'development',
    PROFILER: 'on',
    CACHE_KEY_PREFIX: 'bench-queries',
  })
  const counts = new Map<string, number>()
  try {
    for (const path of paths) {
      const before = service.lines.length
      await probe(service.url + path, { 'Cache-Control': 'no-store' })
      const line = await next(service.lines, before)
      counts.set(path, Number(line['queries']))
    }
  } finally {
    await service.stop()
  }
  return counts
}

/** The line comes just after the response. */
async function next(lines: readonly LogLine[], from: number): Promise<LogLine> {
  for (const deadline = Date.now() + 5_000; Date.now() < deadline; await sleep(5)) {
    const line = lines.slice(from).find((each) => typeof each['queries'] === 'number')
    if (line) return line
  }
  throw new Error('Expected the profiler to log a request within 5 s, got nothing')
}
