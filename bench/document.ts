import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Provenance } from './machine.ts'
import { toMarkdown, type SectionResult, type Table } from './table.ts'

const documents = ['../docs/performance.md', '../docs/decisions/0004-request-path.md'].map(
  (path) => new URL(path, import.meta.url),
)
const folder = new URL('results/', import.meta.url)
const latest = new URL('latest.json', folder)

/** One line that says where a table comes from. */
export function captionOf(provenance: Provenance, command: string): string {
  const { date, commit, cpu, cores, memoryGiB, node, postgres, redis, loadAverage } = provenance
  const servers = [`Node ${node}`, `PostgreSQL ${postgres}`, `Redis ${redis}`].filter((name) => !name.endsWith('none'))
  const machine = `${cpu}, ${cores} cores, ${memoryGiB} GiB; ${servers.join(', ')}`
  return `${date}, commit ${commit}; ${machine}; load average at the start ${loadAverage}; \`${command}\``
}

/** Puts tables between their markers, `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. Throws where those are missing. */
export function writeTables(tables: readonly Table[], caption: string): void {
  const texts = documents.map((file) => ({ file, before: readFileSync(file, 'utf8') }))
  const written = new Set<string>()
  for (const { file, before } of texts) {
    let text = before
    for (const table of tables) {
      const marked = new RegExp(`(<!-- bench:${table.name} -->\n)[^]*?(<!-- /bench:${table.name} -->)`)
      if (!marked.test(text)) continue
      written.add(table.name)
      text = text.replace(
        marked,
        (_, open: string, close: string) => `${open}\n${withCaption(table, caption)}\n\n${close}`,
      )
    }
    if (text !== before) writeFileSync(file, text)
  }
  const lost = tables.filter(({ name }) => !written.has(name)).map(({ name }) => name)
  if (lost.length > 0) throw new Error(`Expected markers for ${lost.join(', ')} in the documents, got none`)
}

function withCaption(table: Table, caption: string): string {
  return `${toMarkdown(table)}\n\n_Measured ${caption}._`
}

/** Keeps the figures as JSON, each section with its provenance; those not measured this time stay. */
export function writeResults(
  results: Readonly<Record<string, SectionResult>>,
  provenance: Provenance,
  command: string,
): void {
  mkdirSync(folder, { recursive: true })
  const kept = readResults()
  for (const [name, { data }] of Object.entries(results)) kept[name] = { provenance, command, data }
  writeFileSync(latest, `${JSON.stringify(kept, undefined, 1)}\n`)
}

function readResults(): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(latest, 'utf8')) as Record<string, unknown>
  } catch {
    return {} // none yet, or half written: this run's are what counts
  }
}
