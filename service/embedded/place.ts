import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { EmbeddedServerError } from './errors.ts'
import { canEnter, isRoot, unprivilegedUser, type User } from './user.ts'

/** Where a service run by root keeps what another user must reach. */
export const stateDir = '/var/lib/meridian'

export interface PlaceOptions {
  readonly dataDir: string
  /** The operator has not chosen it: another folder may be taken where this one doesn't do. */
  readonly dataDirIsDefault: boolean
}

/** A folder, and whom the servers that live in it run as; undefined is whoever runs the service. */
export interface Place {
  readonly folder: string
  readonly user: User | undefined
  /** Set when it isn't the folder that was asked for. */
  readonly insteadOf?: string
}

/** The folder that holds the data directory, the password and the log of one cluster. */
export function homeOf(folder: string): string {
  return join(folder, 'postgres')
}

export function findPlace(options: PlaceOptions, fallbackDir = stateDir): Place {
  const asked = makeFolder(options.dataDir)
  if (!isRoot()) return { folder: asked, user: undefined }

  const user = userFor(asked)
  if (canEnter(user, asked)) return { folder: asked, user }
  if (!options.dataDirIsDefault) {
    throw new EmbeddedServerError(
      `The data directory ${asked} can't be entered by user ${user.name}, as whom the embedded servers run because ` +
        `Meridian runs as root: open it and the folders above it (chmod o+x), or set DATA_DIR to one like ${join(fallbackDir, 'data')}`,
    )
  }

  const hash = createHash('sha256').update(asked).digest('hex').slice(0, 12)
  const folder = makeFolder(join(fallbackDir, hash))
  const fallbackUser = userFor(folder)
  if (canEnter(fallbackUser, folder)) return { folder, user: fallbackUser, insteadOf: asked }
  throw new EmbeddedServerError(
    `Neither ${asked} nor ${folder} can be entered by user ${fallbackUser.name}, as whom the embedded servers run because ` +
      `Meridian runs as root: set DATA_DIR to a folder which that user can enter`,
  )
}

/** An existing cluster keeps its owner: a developer who once ran the service with sudo can still run it without. */
function userFor(folder: string): User {
  const owner = statSync(join(homeOf(folder), 'data'), { throwIfNoEntry: false })
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, name: `#${owner.uid}` }
  const user = unprivilegedUser()
  if (user) return user
  throw new EmbeddedServerError(
    'PostgreSQL does not run as root, and this system has neither a user postgres nor nobody: set DATABASE_URL, or run ' +
      'Meridian as an ordinary user',
  )
}

/** mkdir -p, one folder at a time: `recursive` with `mode` would apply to the parents too, and umask to all of them. */
export function makeFolder(path: string): string {
  const folder = resolve(path)
  if (!existsSync(folder)) {
    makeFolder(dirname(folder))
    try {
      mkdirSync(folder)
      if (isRoot()) chmodSync(folder, 0o755)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'EEXIST') {
        throw new EmbeddedServerError(
          `The data directory ${folder} can't be made (${code}): set DATA_DIR to a folder you may write to`,
          { cause: error },
        )
      }
    }
  }
  return realpathSync(folder)
}
