import type pg from 'pg'
import { importPlaces } from '../service/places/import/index.ts'
import { tables } from '../service/places/import/tables.ts'
import type { Bench } from './bench.ts'
import { copyIn, copyOut, createMigrated, makeBare, withClient } from './copy.ts'
import { formatRatio, formatSeconds } from './format.ts'
import { median } from './statistics.ts'
import type { SectionResult } from './table.ts'

/** Milliseconds of one round. */
interface Round {
  readonly whole: number
  /** The import's first step: reading the sources, choosing and repairing. No database in it. */
  readonly choosing: number
  readonly copyIndexed: number
  readonly copyBare: number
}

/** The import of the real data against COPY of the very same rows, as PostgreSQL itself wrote them out. */
export async function importCost(bench: Bench): Promise<SectionResult> {
  const { databaseUrl } = await bench.stack()
  const data = await withClient(databaseUrl, (client) => copyOut(client, Object.values(tables)))
  const rounds: Round[] = []
  for (let round = 0; round < bench.effort.slowRounds; round += 1) {
    bench.say(`importing, and copying, ${round + 1} of ${bench.effort.slowRounds}`)
    const imported = await inDatabase(databaseUrl, timeImport)
    const copyIndexed = await inDatabase(databaseUrl, (client) => timed(client, () => copyIn(client, data)))
    const copyBare = await inDatabase(databaseUrl, async (client) => {
      const bare = await makeBare(client, data)
      return timed(client, () => copyIn(client, bare))
    })
    rounds.push({ ...imported, copyIndexed, copyBare })
  }
  const of = (pick: (round: Round) => number) => median(rounds.map(pick))
  const bytes = data.reduce((sum, { content }) => sum + content.length, 0)
  const row = (name: string, pick: (round: Round) => number) => [
    name,
    formatSeconds(of(pick)),
    // The ratios are each round's own: what slows a round slows both.
    formatRatio(of((round) => pick(round) / round.copyIndexed)),
    formatRatio(of((round) => pick(round) / round.copyBare)),
  ]
  const table = {
    name: 'import',
    title: `Import of the real data against COPY of the same rows (${(bytes / 1e6).toFixed(0)} MB of text)`,
    columns: ['what', 'time', 'to (a)', 'to (b)'],
    rows: [
      row('the whole import', (round) => round.whole),
      row('… reading the sources and choosing', (round) => round.choosing),
      row('… loading, indexes, keys, statistics', (round) => round.whole - round.choosing),
      row('(a) COPY into the same tables, indexes and foreign keys in place', (round) => round.copyIndexed),
      row('(b) COPY into bare tables: no index, no key', (round) => round.copyBare),
    ],
  }
  return { tables: [table], data: { bytes, rounds } }
}

async function timeImport(client: pg.Client): Promise<Pick<Round, 'whole' | 'choosing'>> {
  let choosing = 0
  const whole = await timed(client, async () => {
    await importPlaces(client, async (steps) => {
      for (const [index, { run }] of steps.entries()) {
        const began = performance.now()
        await run()
        if (index === 0) choosing = performance.now() - began
      }
    })
  })
  return { whole, choosing }
}

/** Milliseconds. What earlier writes left to be flushed is flushed first. */
async function timed(client: pg.Client, work: () => Promise<unknown>): Promise<number> {
  await client.query('checkpoint')
  const began = performance.now()
  await work()
  return performance.now() - began
}

/** A database with the service's schema and no rows, gone afterwards. */
async function inDatabase<T>(serverUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { url, drop } = await createMigrated(serverUrl)
  try {
    return await withClient(url, work)
  } finally {
    await drop()
  }
}
