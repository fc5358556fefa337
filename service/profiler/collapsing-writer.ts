/** A bracket that is open: where it starts in the output, and whether only values have been written inside it so far. */
interface Group {
  readonly start: number
  readonly closer: ')' | ']'
  readonly list: boolean
  readonly row: 'first' | 'further' | undefined
  onlyValues: boolean
  values: number
  /** Inside `values …` at this depth: how far the rows have come. */
  rows: 'none' | 'expected' | 'written'
  /** Where the output stood when the last row ended; a further row is cut back to it. */
  rowsEnd: number
}

/** After these a minus is a sign; after anything else it may be a subtraction. */
const BEFORE_SIGN: ReadonlySet<string> = new Set(
  '( [ , = < > and between or in limit offset select then else when'.split(' '),
)

/**
 * Collects the tokens of a sanitised query, collapsing as it goes, so that the same query with two or two hundred
 * values has one shape: `in (?, ?)` and `array[?, ?]` keep one value, `values (…), (…)` keeps one row.
 */
export function collapsingWriter() {
  const out: string[] = []
  const groups: Group[] = [openGroup(0, ')', false, undefined)]
  let spaced = false
  let lastWord = ''
  let beforeSign = false
  let cast = false

  function top(): Group {
    return groups.at(-1) as Group
  }

  function lastToken(): string {
    return (out.at(-1) === ' ' ? out.at(-2) : out.at(-1)) ?? ''
  }

  function write(token: string): void {
    if (spaced && out.length > 0) out.push(' ')
    spaced = false
    out.push(token)
  }

  function writeValue(token: string): void {
    // `= -5` and `= 5` are one shape.
    if (beforeSign && !spaced && out.at(-1) === '-') out.pop()
    write(token)
    cast = false
    beforeSign = false
    top().values += 1
    endRows()
    lastWord = ''
  }

  function endRows(): void {
    if (top().rows !== 'none') top().rows = 'none'
  }

  function open(opener: '(' | '['): void {
    const group = top()
    const isRow = opener === '(' && group.rows !== 'none'
    const isList = opener === '[' || lastWord === 'in'
    if (!isRow) endRows()
    const row = !isRow ? undefined : group.rows === 'expected' ? 'first' : 'further'
    write(opener)
    groups.push(openGroup(out.length - 1, opener === '(' ? ')' : ']', isList, row))
    lastWord = ''
  }

  function close(closer: ')' | ']'): void {
    const group = top()
    lastWord = ''
    if (groups.length === 1 || group.closer !== closer) {
      // Unbalanced text: keep the token, claim nothing of what is around it.
      top().onlyValues = false
      write(closer)
      return
    }
    groups.pop()
    const outer = top()
    if (group.row === 'further') {
      out.length = outer.rowsEnd
      spaced = false
      return
    }
    if (group.list && group.onlyValues && group.values > 0) {
      out.length = group.start + 1
      spaced = false
      out.push('?')
    }
    write(closer)
    if (group.onlyValues && group.values > 0) outer.values += 1
    else outer.onlyValues = false
    if (group.row !== 'first') return
    outer.rows = 'written'
    outer.rowsEnd = out.length
  }

  return {
    value: () => writeValue('?'),
    placeholder: writeValue,
    word(word: string, lower: string): void {
      endRows()
      write(word)
      const isCast = cast
      cast = false
      lastWord = lower
      beforeSign = false
      if (lower === 'values') top().rows = 'expected'
      if (lower === 'null') top().values += 1
      else if (!isCast) top().onlyValues = false
    },
    symbol(character: string): void {
      if (character === '-') beforeSign = BEFORE_SIGN.has(lastWord) || BEFORE_SIGN.has(lastToken())
      else beforeSign = false
      cast = character === '::'
      if (character === '(' || character === '[') return open(character)
      if (character === ')' || character === ']') return close(character)
      write(character)
      lastWord = ''
      if (character !== ',') endRows()
      // A sign belongs to its number, and a cast to its value.
      if (character !== ',' && character !== '-' && character !== '::') top().onlyValues = false
    },
    space(): void {
      spaced = true
    },
    /** The text so far. A row that the reading stopped before or amid says nothing new, and goes. */
    finish(): string {
      const cut = groups.find((group, index) => group.rows === 'written' || groups[index + 1]?.row === 'further')
      if (cut !== undefined) out.length = cut.rowsEnd
      return out.join('')
    },
  }
}

function openGroup(start: number, closer: ')' | ']', list: boolean, row: Group['row']): Group {
  return { start, closer, list, row, onlyValues: true, values: 0, rows: 'none', rowsEnd: 0 }
}
