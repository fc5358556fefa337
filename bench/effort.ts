/** How much is measured. Rounds are interleaved and their median counts. */
export interface Effort {
  readonly name: 'full' | 'quick'
  readonly rounds: number
  /** Of load in a round, over several connections; for throughput. */
  readonly seconds: number
  /** Of load in a round, over one connection; for latency. */
  readonly latencySeconds: number
  readonly warmUpSeconds: number
  /** Pairs of a first and a second answer, and the seconds after which fewer are enough. */
  readonly pairs: number
  readonly pairSeconds: number
  /** Rounds of what takes seconds each: imports and starts. */
  readonly slowRounds: number
}

export const full: Effort = {
  name: 'full',
  rounds: 3,
  seconds: 0.6,
  latencySeconds: 0.3,
  warmUpSeconds: 0.4,
  pairs: 300,
  pairSeconds: 6,
  slowRounds: 3,
}

export const quick: Effort = {
  name: 'quick',
  rounds: 1,
  seconds: 0.2,
  latencySeconds: 0.1,
  warmUpSeconds: 0.1,
  pairs: 200,
  pairSeconds: 1,
  slowRounds: 1,
}

/** Of connections that load is sent over. More would only queue: the service is one process. */
export const connections = 10
