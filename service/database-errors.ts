/** Node's and libpq's words for a server that can't be reached, or goes away in the middle. */
const connectionCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EPIPE',
  'EAI_AGAIN',
])

/** SQLSTATE (PostgreSQL manual, appendix A): connection exceptions, too many of them, shutdown, and time-outs. */
const unavailableStates = /^(?:08...|53[0-9]..|57P0[1-3]|57014|28P01|28000|3D000)$/

/** PostgreSQL manual, appendix A: each has a digit, and none of Node's own codes of five letters has. */
const sqlState = /^(?=.*\d)[0-9A-Z]{5}$/

/** The driver's own words, which hold nothing of a statement. */
const driverMessages =
  /timeout exceeded when trying to connect|Connection terminated[a-z ]*|Query read timeout|The server does not support SSL connections/

/** True where the database is at fault, not the query: worth trying again later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (const cause of causes(error)) {
    const code = 'code' in cause ? String(cause.code) : ''
    if (connectionCodes.has(code) || unavailableStates.test(code) || driverMessages.test(cause.message)) return true
  }
  return false
}

/**
 * What may be said of a database error in a log: its kind, SQLSTATE and place, without the statement and its values,
 * which drivers put into their messages.
 */
export function describeDatabaseError(error: unknown): { type: string; code?: string; message: string } | undefined {
  const codes = causes(error).flatMap((cause) => ('code' in cause ? [String(cause.code)] : []))
  const code = codes.find((each) => sqlState.test(each) || connectionCodes.has(each))
  if (code === undefined && !isDatabaseUnavailable(error)) return undefined
  const type = error instanceof Error ? error.constructor.name : 'Error'
  if (code !== undefined) return { type, code, message: `database error ${code}` }
  const words = causes(error).flatMap(({ message }) => driverMessages.exec(message)?.[0] ?? [])
  return { type, message: words[0] ?? 'the connection was lost' }
}

/** An error and all that it was made from: `cause`, and the several of an AggregateError (one for each address). */
function causes(error: unknown): Error[] {
  if (!(error instanceof Error)) return []
  const inner = error instanceof AggregateError ? error.errors : []
  return [error, ...[error.cause, ...inner].flatMap(causes)]
}
