import { collapsingWriter } from './collapsing-writer.ts'
import {
  endOfBlockComment,
  endOfDigits,
  endOfDollarQuoted,
  endOfEscapeString,
  endOfIdentifier,
  endOfLineComment,
  endOfNumber,
  endOfQuoted,
  isDigit,
  isIdentifierStart,
  isSpace,
} from './sql-lexer.ts'

/** Characters of text that are kept: enough to read any query, little enough for an attribute. */
const MAX_LENGTH = 8_192

/** Characters that are read: a bound on the work, far beyond any query but a bulk insert. */
const MAX_READ = 65_536

/**
 * The shape of an SQL text: what it asks, with none of the values it asks about.
 *
 * Strings (every PostgreSQL form), numbers, `true` and `false` become `?`; `null` is kept, as `is null` is part of the
 * shape. Comments go, whitespace and lists of values collapse. Quoted identifiers, `$1`, casts and the `?`, `?|`, `?&`
 * operators stay. Total and linear: any text gives a text, and a literal that is never closed is swallowed to the end.
 */
export function sanitiseSql(text: string): string {
  const source = text.length > MAX_READ ? text.slice(0, MAX_READ) : text
  const writer = collapsingWriter()
  let at = 0
  while (at < source.length) at = readToken(source, at, writer)
  const shape = writer.finish()
  // Cut between characters, never inside a surrogate pair.
  return shape.length > MAX_LENGTH ? shape.slice(0, MAX_LENGTH).toWellFormed() : shape
}

type Writer = ReturnType<typeof collapsingWriter>

/** Reads one token, writes what may be kept of it, and returns the index just past it. */
function readToken(source: string, at: number, writer: Writer): number {
  const code = source.charCodeAt(at)
  const character = source[at] ?? ''

  if (isSpace(code)) return spaceTo(at + 1, writer)
  if (source.startsWith('--', at)) return spaceTo(endOfLineComment(source, at), writer)
  if (source.startsWith('/*', at)) return spaceTo(endOfBlockComment(source, at), writer)
  if (character === "'") return valueTo(endOfQuoted(source, at, "'"), writer)
  if (isDigit(code)) return valueTo(endOfNumber(source, at), writer)
  if (character === '.' && isDigit(source.charCodeAt(at + 1))) return valueTo(endOfNumber(source, at), writer)
  if (isIdentifierStart(code)) return readWord(source, at, writer)
  if (character === '"') return readQuotedIdentifier(source, at, writer)
  if (character === '$') return readDollar(source, at, writer)
  if (source.startsWith('::', at)) return symbolTo(at + 2, '::', writer)
  return symbolTo(at + 1, character, writer)
}

/** An identifier or keyword, unless it is the prefix of a string: E'…', B'…', X'…', N'…', U&'…'. */
function readWord(source: string, at: number, writer: Writer): number {
  const end = endOfIdentifier(source, at)
  const word = source.slice(at, end)
  if (end - at === 1) {
    const prefix = word.toLowerCase()
    if (source[end] === "'") {
      if (prefix === 'e') return valueTo(endOfEscapeString(source, end), writer)
      if (prefix === 'b' || prefix === 'x' || prefix === 'n') return valueTo(endOfQuoted(source, end, "'"), writer)
    }
    if (prefix === 'u' && source.startsWith("&'", end)) return valueTo(endOfQuoted(source, end + 1, "'"), writer)
  }
  const lower = word.toLowerCase()
  if (lower === 'true' || lower === 'false') writer.value()
  else writer.word(word, lower)
  return end
}

function readQuotedIdentifier(source: string, at: number, writer: Writer): number {
  const end = endOfQuoted(source, at, '"')
  // Never closed: it may be a value in the wrong quotes, so it is not kept.
  const closed = end - at > 1 && source[end - 1] === '"' && closesEvenly(source, at, end)
  if (closed) writer.word(source.slice(at, end), '')
  else writer.value()
  return end
}

/** A text that ends in `""` ends inside the identifier: that pair is one escaped quote. */
function closesEvenly(source: string, at: number, end: number): boolean {
  let quotes = 0
  for (let index = end - 1; index > at && source[index] === '"'; index -= 1) quotes += 1
  return quotes % 2 === 1
}

function readDollar(source: string, at: number, writer: Writer): number {
  if (isDigit(source.charCodeAt(at + 1))) {
    const end = endOfDigits(source, at + 1)
    writer.placeholder(source.slice(at, end))
    return end
  }
  const end = endOfDollarQuoted(source, at)
  if (end !== -1) return valueTo(end, writer)
  return symbolTo(at + 1, '$', writer)
}

function valueTo(end: number, writer: Writer): number {
  writer.value()
  return end
}

function symbolTo(end: number, symbol: string, writer: Writer): number {
  writer.symbol(symbol)
  return end
}

function spaceTo(end: number, writer: Writer): number {
  writer.space()
  return end
}
