import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as OTLP/JSON writes it; attributes made a plain object. */
export interface ReceivedSpan {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly status: { readonly code?: number; readonly message?: string }
  readonly scope: string
}

interface Attribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface TraceBody {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] }
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string }
      readonly spans: readonly (Omit<ReceivedSpan, 'attributes' | 'scope'> & {
        readonly attributes: readonly Attribute[]
      })[]
    }[]
  }[]
}

/** Stands in for a collector: keeps every body it is sent, and the headers of the last. */
export async function startReceiver() {
  const bodies: { readonly path: string; readonly text: string }[] = []
  const headers: Record<string, unknown> = {}
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      Object.assign(headers, request.headers)
      bodies.push({ path: request.url ?? '', text: Buffer.concat(chunks).toString() })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function traces(): TraceBody[] {
    return bodies.filter(({ path }) => path === '/v1/traces').map(({ text }) => JSON.parse(text) as TraceBody)
  }

  return {
    url,
    bodies,
    headers,
    spans(): ReceivedSpan[] {
      return traces()
        .flatMap(({ resourceSpans = [] }) => resourceSpans.flatMap(({ scopeSpans }) => scopeSpans))
        .flatMap(({ scope, spans }) =>
          spans.map((span) => ({ ...span, scope: scope.name, attributes: plain(span.attributes) })),
        )
    },
    resource: () => plain(traces()[0]?.resourceSpans?.[0]?.resource.attributes ?? []),
    clear: () => void bodies.splice(0),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function plain(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]))
}
