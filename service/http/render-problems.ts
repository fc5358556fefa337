import type { Context, Middleware } from 'koa'
import { Problem, problemTypes, type ProblemId } from './problem.ts'

export interface RenderProblemsOptions {
  /** What a failure that isn't a Problem means to a client; undefined for a fault of the service. */
  readonly translate: (error: unknown) => Problem | undefined
  /** Called with each failure that no client caused. */
  readonly onError: (error: unknown) => void
}

/** The problems that no client can cause. */
const faults: ReadonlySet<ProblemId> = new Set(['internal-error', 'database-unavailable'])

/** Turns whatever is thrown, and an answer that nobody gave, into a problem document. A stack never leaves. */
export function renderProblems({ translate, onError }: RenderProblemsOptions): Middleware {
  return async function problems(ctx, next) {
    try {
      await next()
      if (ctx.body == null) throwUnanswered(ctx)
    } catch (error) {
      const problem = asProblem(error, translate)
      if (faults.has(problem.id)) onError(error)
      render(ctx, problem)
    }
  }
}

function asProblem(error: unknown, translate: RenderProblemsOptions['translate']): Problem {
  if (error instanceof Problem) return error
  const translated = translate(error) ?? fromHttpError(error)
  return translated ?? new Problem('internal-error', { detail: 'The fault has been logged.', cause: error })
}

/** Koa and its middlewares throw http-errors, whose message is fit for a client when `expose` says so. */
function fromHttpError(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('expose' in error) || error.expose !== true || !('status' in error))
    return undefined
  const id = (Object.keys(problemTypes) as ProblemId[]).find((each) => problemTypes[each].status === error.status)
  return new Problem(id ?? 'malformed-request', { detail: error.message, cause: error })
}

/** What Koa and the router leave at a bare status. */
function throwUnanswered(ctx: Context): void {
  const allowed = ctx.response.get('Allow')
  if (ctx.status === 404) {
    throw new Problem('not-found', { detail: `Expected a known path, got ${ctx.path.slice(0, 200)}` })
  }
  if (ctx.status === 405 || ctx.status === 501) {
    const id = ctx.status === 405 ? 'method-not-allowed' : 'method-not-implemented'
    throw new Problem(id, { detail: `Expected one of ${allowed}, got ${ctx.method}`, headers: { Allow: allowed } })
  }
}

function render(ctx: Context, problem: Problem): void {
  // What the request path had prepared for a good answer must not describe this one.
  for (const name of ['ETag', 'Last-Modified', 'Content-Encoding', 'Content-Length', 'Age']) ctx.remove(name)
  ctx.status = problem.status
  ctx.body = JSON.stringify(problem)
  ctx.type = 'application/problem+json'
  ctx.set('Cache-Control', 'no-store')
  ctx.set(problem.headers)
}
