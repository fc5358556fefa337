import { linkSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { commandOf, isAlive, isTaken } from './process-identity.ts'

/**
 * Who holds a data directory, by PostgreSQL's own lock file.
 *
 * - `nobody`: there is no lock, or one whose process is gone, which PostgreSQL itself takes over.
 * - `stale`: the process is another program by now. PostgreSQL would take it for a server and refuse to start.
 * - `unreadable`: empty or garbled: just being written, or left by a crash.
 * - `service`: a server that a Meridian process started, and whether that process still lives.
 * - `foreign`: a server that somebody started by hand.
 */
export type Holder =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'stale' | 'unreadable'; readonly lock: string }
  | {
      readonly kind: 'service'
      readonly pid: number
      readonly port: number
      readonly owner: string
      readonly owned: boolean
      /** By its own word: it takes connections, and is not on its way out. */
      readonly ready: boolean
    }
  | { readonly kind: 'foreign'; readonly pid: number }

/**
 * The owner stands in the server's arguments, as a setting that PostgreSQL ignores, rather than in a file of our own: the
 * process that holds the lock then says itself whose it is, and there is no moment when the two can disagree.
 */
const ownerSetting = 'meridian.owner='

const lockName = 'postmaster.pid'

export function ownerArgument(owner: string): string {
  return `${ownerSetting}${owner}`
}

export function holderOf(data: string): Holder {
  const lock = read(join(data, lockName))
  if (lock === undefined) return { kind: 'nobody' }
  const lines = lock.split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isSafeInteger(pid) || pid <= 0 || !Number.isInteger(port)) return { kind: 'unreadable', lock }
  if (!isTaken(pid)) return { kind: 'nobody' }

  const command = commandOf(pid)
  if (command === undefined) return { kind: 'nobody' } // another user's, hidden: PostgreSQL decides
  if (!isServerOf(data, command)) return { kind: 'stale', lock }
  const owner = command.find((word) => word.startsWith(ownerSetting))?.slice(ownerSetting.length)
  if (owner === undefined) return { kind: 'foreign', pid }
  return { kind: 'service', pid, port, owner, owned: isAlive(owner), ready: lines[7]?.trim() === 'ready' }
}

/** The port of the server that ran last, from the arguments that PostgreSQL notes once it has its port. */
export function lastPort(data: string): number | undefined {
  const [, port] = /"port=(\d+)"/.exec(read(join(data, 'postmaster.opts')) ?? '') ?? []
  return port === undefined ? undefined : Number(port)
}

/**
 * Takes a useless lock away. By renaming, and looked at again after: had another start replaced it with a live one in this
 * moment, that one is put back.
 */
export function discardLock(data: string, seen: string): void {
  const path = join(data, lockName)
  if (read(path) !== seen) return
  const aside = `${path}.stale-${process.pid}`
  try {
    renameSync(path, aside)
  } catch {
    return // another start was first
  }
  try {
    if (readFileSync(aside, 'utf8') !== seen) linkSync(aside, path)
  } finally {
    rmSync(aside, { force: true })
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Not its children, which call themselves "postgres: …", nor the server of another data directory with a pid used again. */
function isServerOf(data: string, command: readonly string[]): boolean {
  if (basename(command[0] ?? '') !== 'postgres') return false
  const at = command.indexOf('-D')
  if (at === -1) return true // PGDATA says where: rather believe it
  const given = command[at + 1] ?? ''
  return given === data || command.join(' ').includes(` -D ${data} `) || real(given) === data
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
