/**
 * The catalogue of errors: each has a stable id, which is the last part of its `type` (RFC 9457 §3.1.1), a status and a
 * title that never changes from one occurrence to the next.
 */
export const problemTypes = {
  'invalid-parameter': { status: 400, title: 'A parameter is not valid' },
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'not-found': { status: 404, title: 'There is no such resource' },
  'method-not-allowed': { status: 405, title: 'The resource does not support this method' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'expectation-failed': { status: 417, title: 'The expectation cannot be met' },
  'uri-too-long': { status: 414, title: 'The request target is too long' },
  'header-too-large': { status: 431, title: 'The header fields are too large' },
  'internal-error': { status: 500, title: 'The service failed' },
  'method-not-implemented': { status: 501, title: 'No resource here supports this method' },
  'database-unavailable': { status: 503, title: 'The database cannot be reached' },
  'not-cached': { status: 504, title: 'No stored response can be used' },
} as const satisfies Record<string, { status: number; title: string }>

export type ProblemId = keyof typeof problemTypes

/** One thing that is wrong in a request: where, what was expected and what was got. */
export interface ProblemDetailError {
  readonly parameter: string
  readonly detail: string
  /** What is known in its place, where that is a short list. */
  readonly known?: readonly string[]
}

export interface ProblemOptions {
  readonly detail: string
  readonly errors?: readonly ProblemDetailError[]
  readonly headers?: Readonly<Record<string, string>>
  readonly cause?: unknown
}

/** Thrown anywhere in a request; rendered once, by renderProblems(). `message` is shown to the client. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly id: ProblemId
  readonly errors: readonly ProblemDetailError[]
  readonly headers: Readonly<Record<string, string>>

  constructor(id: ProblemId, { detail, errors = [], headers = {}, cause }: ProblemOptions) {
    super(detail, { cause })
    this.id = id
    this.errors = errors
    this.headers = headers
  }

  get status(): number {
    return problemTypes[this.id].status
  }

  /** The problem document, `application/problem+json` (RFC 9457 §3). */
  toJSON(): Record<string, unknown> {
    const { status, title } = problemTypes[this.id]
    const document = { type: `/problems/${this.id}`, title, status, detail: this.message }
    return this.errors.length === 0 ? document : { ...document, errors: this.errors }
  }
}
