import type { Context } from 'koa'
import type { Entry } from './entry.ts'
import { ageSeconds } from './reuse.ts'

/** Answers from a stored response (RFC 9111 §4). HEAD too: Koa leaves the content out, the fields stay the same. */
export function replay(ctx: Context, entry: Entry, now: number): void {
  ctx.status = entry.status
  setBody(ctx, entry.body)
  // After the body, whose setter rewrites type and length.
  const seen = new Set<string>()
  for (const [name, value] of entry.headers) {
    if (name === 'vary') ctx.vary(value) // adds to what compression outside has set; `set` would erase it
    else if (seen.has(name)) ctx.append(name, value)
    else ctx.set(name, value)
    seen.add(name)
  }
  ctx.set('ETag', entry.etag)
  ctx.set('Age', String(ageSeconds(entry, now)))
}

/** Sets the body to bytes and leaves the type as it is, even if there is none: Koa would make one up. */
export function setBody(ctx: Context, body: Buffer): void {
  const hadType = Boolean(ctx.response.get('Content-Type')) // Koa 3: undefined where its types say ''
  ctx.body = body
  if (!hadType) ctx.remove('Content-Type')
}
