import { request, type IncomingHttpHeaders } from 'node:http'
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As it came, still encoded. */
  readonly bytes: Buffer
  readonly text: string
  // eslint-disable-next-line typescript/no-explicit-any -- a test reads what it expects to find
  readonly json: any
}

/** A request whose headers are just those given: fetch() adds some, and decodes bodies by itself. */
export function send(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const outgoing = request(url, { method, headers, agent: false }, (incoming) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('error', reject)
    incoming.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const text = decode(bytes, incoming.headers['content-encoding'])
      const type = incoming.headers['content-type'] ?? ''
      const json: unknown = /json/.test(type) && text !== '' ? JSON.parse(text) : undefined
      resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, text, json })
    })
  })
  outgoing.on('error', reject)
  outgoing.end()
  return promise
}

function decode(bytes: Buffer, encoding = 'identity'): string {
  if (bytes.length === 0) return ''
  if (encoding === 'gzip') return gunzipSync(bytes).toString()
  if (encoding === 'br') return brotliDecompressSync(bytes).toString()
  if (encoding === 'zstd') return zstdDecompressSync(bytes).toString()
  if (encoding === 'deflate') return inflateSync(bytes).toString()
  return bytes.toString()
}
