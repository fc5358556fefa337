import type { EntityManager } from '@mikro-orm/postgresql'
import type * as z from 'zod'

/** What a handler gives back: a body, the cursor of the page after it if it is one of several, or another place. */
export type Answer = { readonly body: unknown; readonly nextCursor?: string | null } | { readonly redirect: string }

export interface Endpoint<
  Path extends string = string,
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
> {
  readonly path: Path
  readonly params: Params
  readonly query: Query
  readonly handle: (input: {
    readonly params: z.infer<Params>
    readonly query: z.infer<Query>
    /** A fresh unit of work of this request alone. */
    readonly em: EntityManager
  }) => Promise<Answer>
}

/** A GET route: its parameters as zod schemas, and the handler that gets them parsed. */
export function endpoint<Path extends string, Params extends z.ZodObject, Query extends z.ZodObject>(
  definition: Endpoint<Path, Params, Query>,
): Endpoint<Path, Params, Query> {
  return definition
}

/** A page, or the whole, of a list. */
export function list(data: readonly unknown[], nextCursor: string | null = null): Answer {
  return { body: { data, nextCursor }, nextCursor }
}
