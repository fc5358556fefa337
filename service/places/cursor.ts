import * as z from 'zod'
import { Problem } from '../http/index.ts'

/** Where a page ended: the sort it was made for, and the key and id of its last row. */
export interface Cursor {
  readonly key: string | number
  readonly id: number
}

const cursorSchema = z.tuple([
  z.string(),
  // PostgreSQL's text holds every character but NUL.
  z.union([z.int32().nonnegative(), z.string().refine((text) => !text.includes('\0'))]),
  z.int32().positive(),
])

export function encodeCursor(sort: string, { key, id }: Cursor): string {
  return Buffer.from(JSON.stringify([sort, key, id])).toString('base64url')
}

/** Throws an `invalid-parameter` problem for anything but a cursor that a page of this very sort gave. */
export function decodeCursor(text: string, sort: string, keyType: 'string' | 'number'): Cursor {
  const result = cursorSchema.safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
  if (!result.success || typeof result.data[1] !== keyType || result.data[0] !== sort) {
    const detail =
      result.success && result.data[0] !== sort
        ? `Expected a cursor of the same sort, got one made for sort=${result.data[0].slice(0, 20)}`
        : 'Expected cursor to be the nextCursor of an earlier page, got something else'
    throw new Problem('invalid-parameter', { detail, errors: [{ parameter: 'cursor', detail }] })
  }
  return { key: result.data[1], id: result.data[2] }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
