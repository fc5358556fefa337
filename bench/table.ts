/** A result as a table: printed on the terminal, and written into the document between its markers. */
export interface Table {
  /** Names the markers: `<!-- bench:NAME -->`. */
  readonly name: string
  readonly title: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** What a section of the benchmark found: tables to read, and the same as data. */
export interface SectionResult {
  readonly tables: readonly Table[]
  readonly data: unknown
}

/** A column is aligned to the right when all that stands in it is numbers. */
function numeric(table: Table, index: number): boolean {
  return table.rows.every((row) => /^[–\d.,]+( ?[a-zA-Z×%]{1,2})?$/.test(row[index] ?? ''))
}

export function toMarkdown(table: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const ruler = table.columns.map((_, index) => (numeric(table, index) ? '--:' : '---'))
  return [line(table.columns), line(ruler), ...table.rows.map(line)].join('\n')
}

export function toTerminal(table: Table): string {
  const lines = [table.columns, ...table.rows].map((cells) => cells.map((cell) => cell.replaceAll('`', '')))
  const widths = table.columns.map((_, index) => Math.max(...lines.map((cells) => cells[index]?.length ?? 0)))
  const pad = (cell: string, index: number) =>
    numeric(table, index) ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)
  const [head = [], ...body] = lines.map((cells) => cells.map(pad).join('  ').trimEnd())
  return [`\n${table.title}\n`, head, widths.map((width) => '-'.repeat(width)).join('  '), ...body, ''].join('\n')
}
