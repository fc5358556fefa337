import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { findRedisServer } from '../service/embedded/index.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Where and of what something was measured; nothing that names a host. */
export interface Provenance {
  readonly date: string
  readonly commit: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  readonly postgres: string
  readonly redis: string
  /** Of the last minute, before anything was started: others at work on the machine show here. */
  readonly loadAverage: number
}

export function describeMachine(): Provenance {
  const [first] = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    cpu: first?.model.trim() ?? 'unknown CPU',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    postgres: 'none',
    redis: redisVersion(),
    loadAverage: Math.round((loadavg()[0] ?? 0) * 10) / 10,
  }
}

export async function postgresVersion(url: string): Promise<string> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  await client.end()
  return rows[0]?.server_version.split(' ')[0] ?? 'unknown'
}

/** Tells the code apart, not the documents and results that a run itself rewrites. */
function commit(): string {
  try {
    const changes = git('status', '--porcelain', '--', '.', ':!docs', ':!bench/results')
    return git('rev-parse', '--short=12', 'HEAD') + (changes === '' ? '' : '+changes')
  } catch {
    return 'unknown'
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
    .toString()
    .trim()
}

function redisVersion(): string {
  const binary = findRedisServer(process.env['PATH'] ?? '')
  if (binary === undefined) return 'none'
  const said = execFileSync(binary, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString()
  return /\bv=(\S+)/.exec(said)?.[1] ?? 'unknown'
}
