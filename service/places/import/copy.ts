import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ClientBase } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

export type Value = string | number | boolean | null | readonly string[] | Readonly<Record<string, unknown>>
export type Row = readonly Value[]

/** Characters gathered before they are handed to the socket. */
const chunkSize = 64 * 1024

/** COPYs rows into a table, with back-pressure; `columns` name the values of each row in order. */
export async function copyRows(
  client: ClientBase,
  table: string,
  columns: readonly string[],
  rows: Iterable<Row>,
): Promise<number> {
  const stream = client.query(copyFrom(`copy ${table} (${columns.join(', ')}) from stdin`))
  await pipeline(Readable.from(encode(rows), { objectMode: false, highWaterMark: chunkSize }), stream)
  return stream.rowCount
}

function* encode(rows: Iterable<Row>): Generator<Buffer> {
  let chunk = ''
  for (const row of rows) {
    chunk += `${row.map(encodeValue).join('\t')}\n`
    if (chunk.length < chunkSize) continue
    yield Buffer.from(chunk)
    chunk = ''
  }
  if (chunk !== '') yield Buffer.from(chunk)
}

/** COPY's text format (PostgreSQL manual, COPY, "Text Format"). */
function encodeValue(value: Value): string {
  if (value === null) return '\\N'
  if (typeof value === 'string') return escapeText(value)
  if (typeof value !== 'object') return String(value)
  return escapeText(Array.isArray(value) ? arrayLiteral(value) : JSON.stringify(value))
}

const special = /[\\\n\r\t]/g
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeText(text: string): string {
  return text.replace(special, (character) => escapes[character] ?? character)
}

function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
}
