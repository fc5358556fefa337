import * as z from 'zod'

/** How a resource is shown: its plain fields, and the related things that a request can ask to have included. */
export interface Resource<T> {
  readonly fields: Readonly<Record<string, (entity: T) => unknown>>
  readonly includes: Readonly<Record<string, Include<T>>>
}

export interface Include<T> {
  /** The ORM's paths to load for it. */
  readonly populate: readonly string[]
  readonly show: (entity: T) => unknown
}

/** What a request selected; both lists sorted, so that equal selections make equal cache keys. */
export interface Selection {
  readonly fields?: readonly string[] | undefined
  readonly include?: readonly string[] | undefined
}

/** The paths that the ORM must load so that present() finds all that was selected. */
export function populateFor<T>(resource: Resource<T>, { include = [] }: Selection): string[] {
  return include.flatMap((name) => resource.includes[name]?.populate ?? [])
}

/** The plain object that a client gets: the fields asked for, or all of them, and what was to be included. */
export function present<T>(resource: Resource<T>, entity: T, { fields, include = [] }: Selection) {
  const shown: Record<string, unknown> = {}
  for (const [name, show] of Object.entries(resource.fields)) {
    if (fields === undefined || fields.includes(name)) shown[name] = show(entity)
  }
  for (const name of include) shown[name] = resource.includes[name]?.show(entity)
  return shown
}

/** The query parameters `fields` and `include`, as far as the resource has anything to include. */
export function selectionParameters<T>(resource: Resource<T>) {
  return {
    fields: nameList('fields', Object.keys(resource.fields)),
    include: nameList('relations', Object.keys(resource.includes)),
  }
}

function nameList(kind: string, known: readonly string[]) {
  return z
    .string()
    .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))].sort())
    .superRefine((names, context) => {
      const unknown = names.filter((name) => !known.includes(name))
      if (unknown.length === 0) return
      context.addIssue({
        code: 'custom',
        params: { known },
        message: `a comma-separated list of ${kind} among ${known.join(', ')}`,
      })
    })
    .optional()
}
