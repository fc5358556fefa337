import type { Context } from 'koa'
import type * as z from 'zod'
import { Problem, type ProblemDetailError } from './problem.ts'

/**
 * The parameters of a request, parsed. Throws an `invalid-parameter` problem that names each wrong one, what was
 * expected and what was got; a parameter that the schema doesn't know, or that is given twice, is wrong.
 */
export function parseQuery<T extends z.ZodObject>(ctx: Context, schema: T): z.infer<T> {
  // No prototype: a parameter called __proto__ is a name like any other.
  const given: Record<string, string> = Object.create(null)
  const repeated = new Set<string>()
  for (const [name, value] of new URLSearchParams(ctx.querystring)) {
    if (name in given) repeated.add(name)
    given[name] = value
  }
  const errors = [...repeated].map((name) => ({
    parameter: shorten(name),
    detail: `Expected ${shorten(name)} once, got it again`,
  }))
  return parse(schema, given, errors)
}

/** The named parts of the path, parsed; problems as with parseQuery(). */
export function parseParams<T extends z.ZodObject>(params: Readonly<Record<string, string>>, schema: T): z.infer<T> {
  return parse(schema, params, [])
}

function parse<T extends z.ZodObject>(
  schema: T,
  given: Readonly<Record<string, string>>,
  errors: ProblemDetailError[],
): z.infer<T> {
  const result = schema.safeParse(given)
  if (result.success && errors.length === 0) return result.data
  const known = Object.keys(schema.shape)
  const issues = result.error?.issues.flatMap((issue) => describe(issue, given, known)) ?? []
  const all = [...errors, ...issues].slice(0, mostErrors)
  throw new Problem('invalid-parameter', { detail: all.map(({ detail }) => detail).join('; '), errors: all })
}

function describe(
  issue: z.core.$ZodIssue,
  given: Readonly<Record<string, string>>,
  known: readonly string[],
): ProblemDetailError[] {
  if (issue.code === 'unrecognized_keys') {
    const wanted = known.length === 0 ? 'no parameters' : `one of ${known.join(', ')}`
    return issue.keys.slice(0, mostErrors).map((key) => ({
      parameter: shorten(key),
      detail: `Expected ${wanted}, got the unknown parameter ${quote(key)}`,
      known,
    }))
  }
  const parameter = String(issue.path[0])
  const got = given[parameter] === undefined ? 'nothing' : quote(given[parameter])
  const params = 'params' in issue ? issue.params : undefined
  const names = params !== undefined && Array.isArray(params['known']) ? (params['known'] as string[]) : undefined
  const detail = `Expected ${parameter} to be ${issue.message}, got ${got}`
  return [names === undefined ? { parameter, detail } : { parameter, detail, known: names }]
}

const longestQuote = 60

/** An answer must not be many times as long as its question. */
const mostErrors = 10

function quote(text: string): string {
  return JSON.stringify(shorten(text))
}

function shorten(text: string): string {
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text
}
