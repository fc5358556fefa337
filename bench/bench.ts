import type { Closing } from './closing.ts'
import type { Effort } from './effort.ts'
import type { Stack } from './stack.ts'

/** What a section of the benchmark is given. */
export interface Bench {
  readonly effort: Effort
  readonly closing: Closing
  /** Tells whoever waits what goes on. */
  readonly say: (text: string) => void
  /** PostgreSQL and Redis with the data; started by the first section that asks. */
  readonly stack: () => Promise<Stack>
}
