import { parseArgs } from 'node:util'
import type { Bench } from './bench.ts'
import { Closing } from './closing.ts'
import { captionOf, writeResults, writeTables } from './document.ts'
import { full, quick } from './effort.ts'
import { firstAndSecond } from './first-second.ts'
import { formatSeconds } from './format.ts'
import { importCost } from './import-cost.ts'
import { describeMachine, postgresVersion } from './machine.ts'
import { profilerCost } from './profiler-cost.ts'
import { requestPath } from './request-path.ts'
import { routeTable } from './route-table.ts'
import { startStack, type Stack } from './stack.ts'
import { startUp } from './start-up.ts'
import { toTerminal, type SectionResult } from './table.ts'

/** In the order they run: those that need the machine quiet first. */
const sections: Readonly<Record<string, (bench: Bench) => Promise<SectionResult>>> = {
  routes: routeTable,
  'first-second': firstAndSecond,
  profiler: profilerCost,
  'request-path': requestPath,
  'start-up': startUp,
  import: importCost,
}

/** Each takes half a minute by itself: a quick run does them only when they are named. */
const slow = new Set(['start-up', 'import'])

const help = `npm run bench -- [options]

Measures Meridian on this machine: starts PostgreSQL with the real data, Redis where there is one, and the service,
all on 127.0.0.1, and stops them. Prints tables, keeps them in bench/results/latest.json, and rewrites those of
docs/performance.md and docs/decisions/0004-request-path.md.

  --quick         short runs, about a minute after the import; the documents stay as they are, and
                  ${[...slow].join(' and ')} are left out unless they are named by --only
  --only NAME     one section; may be given more than once: ${Object.keys(sections).join(', ')}
  --request-path  the same as --only request-path
  --no-document   leave the documents as they are
  --help          this text
`

async function main(): Promise<void> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      'request-path': { type: 'boolean', default: false },
      document: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return void process.stdout.write(help)
  const only = values['request-path'] ? [...values.only, 'request-path'] : values.only
  for (const name of only)
    if (!(name in sections)) throw new Error(`--only: expected a section, got ${name}\n\n${help}`)
  const chosen = Object.keys(sections).filter((name) =>
    only.length === 0 ? !(values.quick && slow.has(name)) : only.includes(name),
  )
  const results = await measure(chosen, values.quick)
  const { provenance } = results
  const command = ['npm run bench', ...(process.argv.length > 2 ? ['--', ...process.argv.slice(2)] : [])].join(' ')
  const caption = captionOf(provenance, command)

  const tables = Object.values(results.sections).flatMap((result) => result.tables)
  for (const table of tables) process.stdout.write(toTerminal(table))
  process.stdout.write(`\n${caption}\n`)
  writeResults(results.sections, provenance, command)
  if (values.document && !values.quick) writeTables(tables, caption)
}

async function measure(chosen: readonly string[], short: boolean) {
  const closing = new Closing()
  const say = (text: string) => void process.stderr.write(`bench: ${text}\n`)
  let provenance = describeMachine()
  let stack: Promise<Stack> | undefined
  const bench: Bench = {
    effort: short ? quick : full,
    closing,
    say,
    stack: () => (stack ??= startStack(closing, say)),
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void closing.run().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143)))
  }
  try {
    const found: Record<string, SectionResult> = {}
    for (const name of chosen) {
      const began = performance.now()
      found[name] = await sections[name]!(bench)
      say(`${name} took ${formatSeconds(performance.now() - began)}`)
    }
    if (stack) provenance = { ...provenance, postgres: await postgresVersion((await stack).databaseUrl) }
    else provenance = { ...provenance, redis: 'none' }
    return { provenance, sections: found }
  } finally {
    await closing.run()
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exitCode = 1
}
