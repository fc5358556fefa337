/**
 * The query profiler: what each request asked of the database. It knows OpenTelemetry spans, and nothing of routes,
 * places or the ORM.
 */
export { createQueryProfiler } from './query-profiler.ts'
export type { QueryProfiler, QueryProfilerOptions } from './query-profiler.ts'
export type { DropCounts, Profile } from './profile.ts'
export { sanitiseSql } from './sanitise-sql.ts'
