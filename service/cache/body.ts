import { createHash } from 'node:crypto'
import { Stream } from 'node:stream'

/**
 * A Koa body as the bytes Koa 3 would send, or undefined for those that are not stored: streams, Blobs, fetch
 * Responses, no body. Anything else Koa sends as JSON, so arrays, numbers and class instances count.
 */
export function bodyBytes(body: unknown): Buffer | undefined {
  if (body === null || body === undefined || isStreamed(body)) return undefined
  if (Buffer.isBuffer(body)) return body
  if (typeof body === 'string') return Buffer.from(body)
  return jsonBytes(body)
}

/** What JSON.stringify can't do, a cycle or a function, fails where it would without a cache: in Koa. */
function jsonBytes(body: unknown): Buffer | undefined {
  try {
    return Buffer.from(JSON.stringify(body))
  } catch {
    return undefined
  }
}

function isStreamed(body: unknown): boolean {
  if (body instanceof Stream || body instanceof ReadableStream) return true
  if (body instanceof Blob || body instanceof Response) return true
  // Koa's own test for streams of another realm or library
  return typeof body === 'object' && body !== null && 'pipe' in body && typeof body.pipe === 'function'
}

/**
 * A weak validator (RFC 9110 §8.8.1) of the identity bytes: weak, because compression outside the cache sends
 * different bytes under it.
 */
export function weakEtag(body: Buffer): string {
  return `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
}
