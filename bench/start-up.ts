import type { Bench } from './bench.ts'
import { formatSeconds } from './format.ts'
import { startService } from './service-process.ts'
import { stackEnvironment, temporaryFolder } from './stack.ts'
import { median } from './statistics.ts'
import type { SectionResult } from './table.ts'

/** From spawning the service to its first 200: with everything to be made, with everything there, and with nothing to start. */
export async function startUp(bench: Bench): Promise<SectionResult> {
  const stack = await bench.stack()
  const times = { first: [] as number[], later: [] as number[], production: [] as number[] }
  for (let round = 0; round < bench.effort.slowRounds; round += 1) {
    bench.say(`starting the service anew, ${round + 1} of ${bench.effort.slowRounds}`)
    const environment = { NODE_ENV: 'development', DATA_DIR: temporaryFolder(bench.closing) }
    times.first.push(await timeStart(bench, environment))
    times.later.push(await timeStart(bench, environment))
    times.production.push(await timeStart(bench, { NODE_ENV: 'production', ...stackEnvironment(stack) }))
  }
  const row = (name: string, values: readonly number[]) => [
    name,
    formatSeconds(median(values)),
    formatSeconds(Math.max(...values)),
  ]
  const table = {
    name: 'start-up',
    title: 'From the start of the process to the first 200',
    columns: ['start', 'median', 'slowest'],
    rows: [
      row('first, development: initdb, migration, import, private Redis', times.first),
      row('later, development: the data is there', times.later),
      row('production: PostgreSQL and Redis run already', times.production),
    ],
  }
  return { tables: [table], data: times }
}

async function timeStart(bench: Bench, environment: Readonly<Record<string, string>>): Promise<number> {
  const service = await startService(environment)
  bench.closing.add(service.stop)
  await service.stop()
  return service.startMs
}
