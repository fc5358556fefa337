import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface BuildInfo {
  readonly name: string
  readonly version: string
  /** The git commit, or `unknown` where there is neither a checkout nor a COMMIT file beside package.json. */
  readonly commit: string
}

const root = new URL('../', import.meta.url)

export function readBuildInfo(): BuildInfo {
  const { name, version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as BuildInfo
  return { name, version, commit: commitFile() ?? gitCommit() ?? 'unknown' }
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
