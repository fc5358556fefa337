import type { Changes } from './merge.ts'
import type { SourceInfo } from './sources.ts'

/** What an import read, kept, repaired and dropped, and why; stored with the import and shown at `/v1/dataset`. */
export interface ImportReport {
  readonly sources: readonly SourceInfo[]
  readonly countries: number
  readonly languages: number
  readonly currencies: number
  /** Directed edges: a border counts once for each of its two countries. */
  readonly borders: number
  readonly subdivisions: number
  readonly timezones: number
  readonly capitals: { readonly byFeatureCode: number; readonly byName: number; readonly none: number }
  readonly cities: {
    readonly read: number
    readonly kept: number
    /** Reason → rows. */
    readonly dropped: Readonly<Record<string, number>>
    /** Cities whose subdivision code was out of use, and was found again. */
    readonly subdivisionRepaired: number
    readonly withoutSubdivision: number
    readonly populationUnknown: number
  }
  readonly alternateNames: number
  /** What was different from the data before. */
  readonly changes: Changes
  readonly durationMs: number
}

/** The report as a person reads it, one fact a line. */
export function describeReport(report: ImportReport): string[] {
  const { cities, capitals, changes } = report
  const n = (count: number) => count.toLocaleString('en')
  return [
    `${n(report.countries)} countries, ${n(report.borders)} border edges, ${n(report.languages)} languages, ${n(report.currencies)} currencies`,
    `${n(report.subdivisions)} subdivisions, ${n(report.timezones)} time zones`,
    `${n(cities.kept)} of ${n(cities.read)} cities kept, ${n(report.alternateNames)} alternate names`,
    ...Object.entries(cities.dropped).map(([reason, count]) => `  dropped ${n(count)}: ${reason}`),
    `  repaired ${n(cities.subdivisionRepaired)}: subdivision code out of use, found by name and place`,
    `  kept without subdivision ${n(cities.withoutSubdivision)}; population unknown ${n(cities.populationUnknown)}`,
    `capitals: ${n(capitals.byFeatureCode)} by feature code, ${n(capitals.byName)} by name, ${n(capitals.none)} without`,
    `changes: ${n(changes.inserted)} rows inserted, ${n(changes.updated)} updated, ${n(changes.removed)} removed, ${n(changes.edited)} edits kept`,
    `took ${(report.durationMs / 1000).toFixed(1)} s`,
  ]
}
