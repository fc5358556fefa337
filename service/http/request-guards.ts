import { Readable } from 'node:stream'
import type { Middleware } from 'koa'
import { Problem } from './problem.ts'

/** Octets. RFC 9110 §4.1 recommends that at least 8000 be supported; nothing here needs more. */
const longestTarget = 8_000

/** Refuses requests without a host or with a target that is too long, no URL, not UTF-8, or hides control characters. */
export function guardTarget(): Middleware {
  return async function target(ctx, next) {
    if (ctx.url.length > longestTarget) {
      throw new Problem('uri-too-long', {
        detail: `Expected a request target of at most ${longestTarget} octets, got ${ctx.url.length}`,
      })
    }
    if (ctx.req.headers.host === undefined && ctx.req.httpVersion !== '1.0') {
      throw new Problem('malformed-request', { detail: 'Expected a Host field (RFC 9112 §3.2), got none' })
    }
    // Not every request target is a path: absolute-form names a whole URL.
    if (!ctx.url.startsWith('/') && ctx.url !== '*' && !URL.canParse(ctx.url)) {
      throw new Problem('malformed-request', { detail: 'Expected a path or a URL as the request target' })
    }
    const decoded = decode(ctx.url)
    if (decoded === undefined) {
      throw new Problem('malformed-request', { detail: 'Expected percent-encoded UTF-8 in the request target' })
    }
    // eslint-disable-next-line no-control-regex -- control characters are exactly what is looked for
    if (/[\u0000-\u001f\u007f]/.test(decoded)) {
      throw new Problem('malformed-request', { detail: 'Expected no control characters in the request target' })
    }
    await next()
  }
}

function decode(target: string): string | undefined {
  try {
    return decodeURIComponent(target)
  } catch {
    return undefined
  }
}

const codings = ['zstd', 'br', 'gzip', 'deflate', 'identity']

/**
 * Stands outside koa-compress and keeps it from two mistakes. With an Accept-Encoding that refuses every coding,
 * identity included, it would answer 500: such a client is sent identity (RFC 9110 §12.5.3 allows it). And a HEAD would
 * show the length of the identity body where GET's is compressed: the field may be left out (RFC 9110 §9.3.2).
 */
export function guardEncoding(): Middleware {
  return async function encoding(ctx, next) {
    if (ctx.acceptsEncodings(codings) === false) ctx.compress = false
    await next()
    if (ctx.method !== 'HEAD' || ctx.acceptsEncodings(codings) === 'identity' || ctx.body == null) return
    const { type } = ctx
    // Koa fills in the length of any body but a stream's.
    ctx.body = Readable.from([])
    if (type !== '') ctx.type = type
    ctx.remove('Content-Length')
  }
}
