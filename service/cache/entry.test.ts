import { expect, test } from '@jest/globals'
import { crc32 } from 'node:zlib'
import { decodeEntry, encodeEntry, type Entry } from './entry.ts'

const entry: Entry = {
  status: 200,
  headers: [
    ['content-type', 'text/plain; charset=utf-8'],
    ['link', '</a>'],
    ['link', '</b>'],
  ],
  etag: 'W/"x"',
  storedAt: 1_000,
  freshUntil: 61_000,
  body: Buffer.from('naïve ✓'),
}
const frame = encodeEntry(entry)

test('an entry comes back from its frame as it was', () => {
  expect(decodeEntry(frame)).toEqual(entry)
  const empty = { ...entry, headers: [], body: Buffer.alloc(0) }
  expect(decodeEntry(encodeEntry(empty))).toEqual(empty)
})

test('a frame cut short anywhere, or with bytes after it, is a miss', () => {
  for (let length = 0; length < frame.length; length += 1) {
    expect(decodeEntry(frame.subarray(0, length))).toBeUndefined()
  }
  expect(decodeEntry(Buffer.concat([frame, Buffer.from('x')]))).toBeUndefined()
})

test('a frame with any one bit flipped is a miss', () => {
  for (let bit = 0; bit < frame.length * 8; bit += 1) {
    const flipped = Buffer.from(frame)
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    expect(decodeEntry(flipped)).toBeUndefined()
  }
})

test('garbage and other formats are misses', () => {
  expect(decodeEntry(Buffer.from('{"status":200}, and more than sixteen bytes'))).toBeUndefined()
  expect(decodeEntry(Buffer.alloc(64))).toBeUndefined()
  expect(decodeEntry(Buffer.alloc(64, 0xff))).toBeUndefined()
})

test('a frame of another version is a miss though its checksum holds', () => {
  const other = Buffer.from(frame)
  other.writeUInt8(2, 3)
  expect(decodeEntry(resealed(other))).toBeUndefined()
})

test.each([
  'no json',
  'null',
  '[]',
  '{}',
  JSON.stringify({ ...entry, status: '200' }),
  JSON.stringify({ ...entry, headers: {} }),
  JSON.stringify({ ...entry, headers: [['a']] }),
  JSON.stringify({ ...entry, headers: [['a', 1]] }),
  JSON.stringify({ ...entry, headers: [['bad name', 'x']] }),
  JSON.stringify({ ...entry, headers: [['a', 'b\r\nset-cookie: c']] }),
  JSON.stringify({ ...entry, etag: 'W/"\n"' }),
  JSON.stringify({ ...entry, storedAt: null }),
])('a whole frame whose head makes no response is a miss: %s', (head) => {
  const bytes = Buffer.alloc(16 + Buffer.byteLength(head))
  frame.copy(bytes, 0, 0, 4)
  bytes.writeUInt32BE(Buffer.byteLength(head), 4)
  bytes.write(head, 16)
  expect(decodeEntry(resealed(bytes))).toBeUndefined()
})

function resealed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32(bytes.subarray(16), crc32(bytes.subarray(0, 12))), 12)
  return bytes
}
