import { validateHeaderName, validateHeaderValue } from 'node:http'
import { crc32 } from 'node:zlib'

/** A header field as stored: pairs, not an object, for order and repeats are part of a response. */
export type HeaderPair = readonly [name: string, value: string]

/** A stored response (RFC 9111 §3). Times are epoch milliseconds. */
export interface Entry {
  readonly status: number
  readonly headers: readonly HeaderPair[]
  readonly etag: string
  readonly storedAt: number
  /** The end of its freshness lifetime (§4.2). */
  readonly freshUntil: number
  /** The identity representation. Shared with the store: never change it. */
  readonly body: Buffer
}

/**
 * The frame, big-endian:
 *
 *   0  'MRC'           3 bytes
 *   3  format version  1 byte
 *   4  length of head  4 bytes
 *   8  length of body  4 bytes
 *  12  CRC-32          4 bytes, of bytes 0–11, head and body
 *  16  head            JSON, UTF-8
 *      body
 *
 * The checksum finds accidents, not malice: who can write to the store can write whole frames.
 */
const MAGIC = Buffer.from('MRC')
const FORMAT_VERSION = 1
const PREAMBLE = 16
const CHECKED_PREAMBLE = 12

export function encodeEntry({ body, ...head }: Entry): Buffer {
  const headBytes = Buffer.from(JSON.stringify(head))
  // Not from Node's pool: a small entry kept in memory would hold a whole pool slab, beyond any byte count.
  const frame = Buffer.allocUnsafeSlow(PREAMBLE + headBytes.length + body.length)
  MAGIC.copy(frame)
  frame.writeUInt8(FORMAT_VERSION, 3)
  frame.writeUInt32BE(headBytes.length, 4)
  frame.writeUInt32BE(body.length, 8)
  headBytes.copy(frame, PREAMBLE)
  body.copy(frame, PREAMBLE + headBytes.length)
  frame.writeUInt32BE(checksum(frame), CHECKED_PREAMBLE)
  return frame
}

/** The entry in a frame, or undefined for whatever is not a whole frame of this version. Never throws. */
export function decodeEntry(frame: Buffer): Entry | undefined {
  if (frame.length < PREAMBLE || !frame.subarray(0, 3).equals(MAGIC)) return undefined
  if (frame.readUInt8(3) !== FORMAT_VERSION) return undefined
  const bodyStart = PREAMBLE + frame.readUInt32BE(4)
  if (frame.length !== bodyStart + frame.readUInt32BE(8)) return undefined
  if (frame.readUInt32BE(CHECKED_PREAMBLE) !== checksum(frame)) return undefined
  try {
    const head: unknown = JSON.parse(frame.toString('utf8', PREAMBLE, bodyStart))
    return isHead(head) ? { ...head, body: frame.subarray(bodyStart) } : undefined
  } catch {
    return undefined
  }
}

function checksum(frame: Buffer): number {
  return crc32(frame.subarray(PREAMBLE), crc32(frame.subarray(0, CHECKED_PREAMBLE)))
}

function isHead(value: unknown): value is Omit<Entry, 'body'> {
  if (typeof value !== 'object' || value === null) return false
  const { status, headers, etag, storedAt, freshUntil } = value as Partial<Entry>
  return (
    Number.isInteger(status) &&
    Number.isFinite(storedAt) &&
    Number.isFinite(freshUntil) &&
    isHeaderPair(['etag', etag]) &&
    Array.isArray(headers) &&
    headers.every(isHeaderPair)
  )
}

/** Node's own rules, thrown by its functions: a pair that setHeader would refuse must not reach a response. */
function isHeaderPair(pair: unknown): boolean {
  if (!Array.isArray(pair) || pair.length !== 2) return false
  const [name, value]: unknown[] = pair
  if (typeof name !== 'string' || typeof value !== 'string') return false
  validateHeaderName(name)
  validateHeaderValue(name, value)
  return true
}
