import type { Duplex } from 'node:stream'
import { Problem, type ProblemId } from './problem.ts'

const ids: Readonly<Record<string, ProblemId>> = {
  HPE_HEADER_OVERFLOW: 'header-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
}

/** For the HTTP server's `clientError`: answers bytes that are no HTTP request with a problem document, and closes. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = new Problem(ids[error.code ?? ''] ?? 'malformed-request', {
    detail:
      'Expected a well-formed HTTP/1.1 request, its target percent-encoded ASCII, with at most 16 KiB of header fields',
  })
  const { title } = problem.toJSON()
  const body = JSON.stringify(problem)
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${String(title)}`,
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Cache-Control: no-store',
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}
