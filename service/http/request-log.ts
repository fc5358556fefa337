import type { Context, Middleware } from 'koa'

/** One answered request, as a line of the log tells it. */
export interface RequestLine {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly durationMs: number
  readonly cacheStatus: string | undefined
}

/** Tells of each request once its response has been sent, or its client has left. */
export function logRequests(onRequest: (line: RequestLine) => void): Middleware {
  return async function requestLog(ctx, next) {
    const started = performance.now()
    ctx.res.once('close', () => onRequest(lineOf(ctx, performance.now() - started)))
    await next()
  }
}

function lineOf(ctx: Context, durationMs: number): RequestLine {
  const cacheStatus = ctx.res.getHeader('Cache-Status')
  return {
    method: ctx.method,
    path: ctx.path,
    status: ctx.res.statusCode,
    durationMs,
    cacheStatus: cacheStatus === undefined ? undefined : String(cacheStatus),
  }
}
