import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { childEnvironment } from './child-environment.ts'

/**
 * `<pid>-<when it started>`: what a pid alone is not, since pids are used again, in containers after every restart.
 * Undefined for a process that is gone, or dead and not yet reaped.
 */
export function identityOf(pid: number): string | undefined {
  const started = process.platform === 'linux' ? startTicks(pid) : ps(pid, 'lstart=')
  return started && `${pid}-${started.replaceAll(/\W+/g, '')}`
}

export function isAlive(identity: string): boolean {
  return identityOf(Number.parseInt(identity, 10)) === identity
}

/** Whether any process has this pid, a zombie too; that is how PostgreSQL looks at its lock file. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The words a process was started with; empty for a zombie; undefined when it can't be seen. */
export function commandOf(pid: number): readonly string[] | undefined {
  if (process.platform === 'linux') {
    return read(`/proc/${pid}/cmdline`)
      ?.split('\0')
      .filter((word) => word !== '')
  }
  // Words with spaces come apart here; the caller joins what it looks for.
  return ps(pid, 'args=')?.split(' ')
}

/** proc_pid_stat(5): field 3 is the state, 22 the start in clock ticks since boot. The second, a name, may hold anything. */
function startTicks(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' || state === 'X' ? undefined : rest[18]
}

function ps(pid: number, column: string): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-ww', '-o', column, '-p', String(pid)], {
    env: childEnvironment,
    encoding: 'utf8',
  })
  return status === 0 ? stdout.trim() : undefined
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
