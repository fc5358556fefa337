import Router from '@koa/router'
import { Problem, problemTypes, type ProblemId } from './problem.ts'

/** `/problems/{id}`: where the `type` of a problem document leads, as the kind of problem rather than one occurrence. */
export function problemsRouter(): Router {
  const router = new Router()
  router.get('/problems/:id', (ctx) => {
    const id = String(ctx.params['id'])
    if (!isProblemId(id))
      throw new Problem('not-found', { detail: `Expected the id of a problem, got ${id.slice(0, 60)}` })
    ctx.set('Cache-Control', 'public, max-age=3600')
    ctx.body = { type: `/problems/${id}`, ...problemTypes[id] }
  })
  return router
}

function isProblemId(id: string): id is ProblemId {
  return Object.hasOwn(problemTypes, id)
}
