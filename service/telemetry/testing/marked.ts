/** Values that must be found in nothing that leaves the process: each is unlike any other text. */
export const MARKED = {
  literal: 'zqLiteral',
  number: 918_273_645,
  bound: 'zqBound',
  key: 'zqKey',
  value: 'zqValue',
  mikro: 'zqMikro',
  glued: 'zqGlued',
  error: 'zqError',
  redisError: 'zqRedisError',
  mikroError: 'zqMikroError',
} as const
