/**
 * What PostgreSQL or initdb gave as the reason of its failure, in one line. The server's log also holds what clients were
 * refused for ("the database system is starting up" is FATAL, and our own doing), which `%b` in the prefix tells apart.
 */
export function failureIn(log: string): string {
  const lines = log.split('\n').filter((line) => line.trim() !== '')
  const at = lines.findIndex(
    (line) => /(?:FATAL|PANIC|initdb: error):/.test(line) && !/\] [a-z- ]*client backend /.test(line),
  )
  if (at === -1) return wholeOrLast(lines)
  const [reason = '', ...rest] = lines.slice(at).map(withoutPrefix)
  const detail = rest.find((line) => line.startsWith('DETAIL:'))
  return detail ? `${reason} (${detail})` : reason
}

/** Before its log is set up PostgreSQL explains itself in a few bare lines, which only make sense together. */
function wholeOrLast(lines: readonly string[]): string {
  if (lines.length === 0) return 'it said nothing'
  return lines.length < 5 ? lines.map((line) => line.trim()).join(' ') : (lines.at(-1)?.trim() ?? '')
}

function withoutPrefix(line: string): string {
  return line.replace(/^.*?((?:FATAL|PANIC|DETAIL|HINT|LOG|initdb: error|initdb: detail):)\s+/, '$1 ')
}

/** What to do about it. Nothing is ever deleted for the operator. */
export function wayOut(reason: string, home: string): string {
  if (/no space left|quota exceeded/i.test(reason)) return `free some space on the disk of ${home} and start again`
  if (/invalid permissions/.test(reason)) return `close its folder "data" to others (chmod 700) and start again`
  if (/permission denied|operation not permitted|wrong ownership|read-only/i.test(reason)) {
    return `give ${home} to the user who runs Meridian, or set DATA_DIR to another folder`
  }
  if (/effective user/.test(reason)) return 'give that user an entry in /etc/passwd, or set DATABASE_URL'
  if (/shared memory|semaphore|cannot allocate|out of memory/i.test(reason)) {
    return 'free some memory and start again, or set DATABASE_URL'
  }
  return `move ${home} away to begin afresh (the data is imported again)`
}
