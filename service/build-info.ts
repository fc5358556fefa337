import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

export interface BuildInfo {
  readonly name: string
  readonly version: string
  /** The git commit, or `unknown` where there is neither a checkout nor a COMMIT file beside package.json. */
  readonly commit: string
  /** A hash of the sources that run: differs where the commit doesn't tell, in a changed checkout or without one. */
  readonly sources: string
}

const root = new URL('../', import.meta.url)

export function readBuildInfo(): BuildInfo {
  const { name, version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as BuildInfo
  return { name, version, commit: commitFile() ?? gitCommit() ?? 'unknown', sources: hashSources() }
}

/** An image has no .git: its build writes the commit down. */
function commitFile(): string | undefined {
  try {
    return readFileSync(new URL('COMMIT', root), 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

function gitCommit(): string | undefined {
  try {
    const output = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, stdio: ['ignore', 'pipe', 'ignore'] })
    return output.toString().trim()
  } catch {
    return undefined
  }
}

function hashSources(): string {
  const hash = createHash('sha256').update(readFileSync(new URL('package.json', root)))
  const service = new URL('service/', root)
  const names = readdirSync(service, { recursive: true, encoding: 'utf8' })
  for (const name of names.filter((each) => each.endsWith('.ts') && !each.endsWith('.test.ts')).sort()) {
    hash.update(name).update(readFileSync(new URL(name, service)))
  }
  return hash.digest('hex').slice(0, 12)
}
