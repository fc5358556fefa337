/**
 * PostgreSQL's lexical rules, as far as they decide where a literal begins and ends. Every function takes the text and
 * an index, and returns the index just past the thing, or the text's length when it is never closed.
 * https://www.postgresql.org/docs/18/sql-syntax-lexical.html
 */

/** `''` stands for a quote inside the literal. Assumes standard_conforming_strings, PostgreSQL's default since 9.1. */
export function endOfQuoted(text: string, start: number, quote: string): number {
  let from = start + 1
  for (;;) {
    const close = text.indexOf(quote, from)
    if (close === -1) return text.length
    if (text[close + 1] !== quote) return close + 1
    from = close + 2
  }
}

/** E'…': a backslash takes the next character with it. */
export function endOfEscapeString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length) {
    const character = text[at]
    if (character === '\\') at += 2
    else if (character !== "'") at += 1
    else if (text[at + 1] === "'") at += 2
    else return at + 1
  }
  return text.length
}

/** $tag$…$tag$; -1 when the dollar opens no such literal. */
export function endOfDollarQuoted(text: string, start: number): number {
  let at = start + 1
  if (isIdentifierStart(text.charCodeAt(at))) {
    do at += 1
    while (isTagPart(text.charCodeAt(at)))
  }
  if (text[at] !== '$') return -1
  const tag = text.slice(start, at + 1)
  const close = text.indexOf(tag, at + 1)
  return close === -1 ? text.length : close + tag.length
}

export function endOfLineComment(text: string, start: number): number {
  for (let at = start; at < text.length; at += 1) {
    const character = text[at]
    if (character === '\n' || character === '\r') return at
  }
  return text.length
}

/** PostgreSQL's block comments nest, unlike C's. */
export function endOfBlockComment(text: string, start: number): number {
  let depth = 1
  let at = start + 2
  while (at < text.length) {
    if (text[at] === '*' && text[at + 1] === '/') {
      depth -= 1
      at += 2
      if (depth === 0) return at
    } else if (text[at] === '/' && text[at + 1] === '*') {
      depth += 1
      at += 2
    } else at += 1
  }
  return text.length
}

/**
 * Integers, decimals, exponents, 0x/0o/0b and `1_000`. Letters that cling to a number go with it: PostgreSQL refuses
 * such text since version 15, and here they may be a value somebody pasted.
 */
export function endOfNumber(text: string, start: number): number {
  let at = start
  while (isIdentifierPart(text.charCodeAt(at)) || isDecimalPoint(text, at) || isExponentSign(text, start, at)) at += 1
  return at
}

export function endOfIdentifier(text: string, start: number): number {
  let at = start + 1
  while (isIdentifierPart(text.charCodeAt(at))) at += 1
  return at
}

export function endOfDigits(text: string, start: number): number {
  let at = start
  while (isDigit(text.charCodeAt(at))) at += 1
  return at
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

export function isIdentifierStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code >= 128
}

export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

function isIdentifierPart(code: number): boolean {
  return isIdentifierStart(code) || isDigit(code) || code === 36
}

function isTagPart(code: number): boolean {
  return isIdentifierStart(code) || isDigit(code)
}

function isDecimalPoint(text: string, at: number): boolean {
  return text[at] === '.' && text[at + 1] !== '.'
}

/** The sign in `1e-3`; in `0xe-3` it is a minus. */
function isExponentSign(text: string, start: number, at: number): boolean {
  const character = text[at]
  if (character !== '-' && character !== '+') return false
  const before = text[at - 1]
  if (before !== 'e' && before !== 'E') return false
  const second = text[start + 1]
  if (second === 'x' || second === 'X') return false
  return isDigit(text.charCodeAt(at + 1))
}
