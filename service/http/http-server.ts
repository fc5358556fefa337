import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { Problem, problemTypes, type ProblemId } from './problem.ts'

/** An HTTP server that answers what never becomes a request, or can't be one, with a problem document too. */
export function createHttpServer(listener: RequestListener): Server {
  // RFC 9112 §3.2 asks for a 400 where Host is missing: guardTarget() gives it a body, which Node's own has not.
  const server = createServer({ requireHostHeader: false }, listener)
  server.on('clientError', answerClientError)
  server.on('checkExpectation', (request, response) => {
    const detail = `Expected no Expect, or 100-continue, got ${JSON.stringify(request.headers.expect?.slice(0, 60))}`
    const body = JSON.stringify(new Problem('expectation-failed', { detail }))
    response.writeHead(417, { ...headers, 'Content-Length': Buffer.byteLength(body) }).end(body)
  })
  server.on('connect', (_, socket) => {
    refuse(socket, new Problem('method-not-implemented', { detail: 'Expected GET, HEAD or OPTIONS, got CONNECT' }))
  })
  return server
}

const headers = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store', Connection: 'close' }

const ids: Readonly<Record<string, ProblemId>> = {
  HPE_HEADER_OVERFLOW: 'header-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
}

interface HttpSocket extends Duplex {
  /** The response under way on this connection: Node's own handler of this event looks at it as well. */
  readonly _httpMessage?: ServerResponse | null
}

/** Bytes that are no HTTP request. While a response is under way, another in its midst would be taken for part of it. */
function answerClientError(error: NodeJS.ErrnoException, socket: HttpSocket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage) {
    socket.destroy()
    return
  }
  const detail =
    'Expected a well-formed HTTP/1.1 request, its target percent-encoded ASCII, with at most 16 KiB of header fields'
  refuse(socket, new Problem(ids[error.code ?? ''] ?? 'malformed-request', { detail }))
}

function refuse(socket: Duplex, problem: Problem): void {
  const body = JSON.stringify(problem)
  const lines = Object.entries({ ...headers, 'Content-Length': Buffer.byteLength(body) })
  const head = [
    `HTTP/1.1 ${problem.status} ${problemTypes[problem.id].title}`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
  ]
  // Not half open: whoever sent this may never close its side.
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy())
}
