/**
 * The servers that Meridian brings along in development, when it is given none: PostgreSQL, and Redis where the machine has it.
 */
export type { EmbeddedServer } from './embedded-server.ts'
export { EmbeddedServerError } from './errors.ts'
export { startPostgres, type PostgresOptions } from './postgres.ts'
export { findRedisServer, startRedis, type RedisOptions } from './redis.ts'
