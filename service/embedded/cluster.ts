import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { EmbeddedServerError } from './errors.ts'
import { Lifeline } from './lifeline.ts'
import { homeOf, type Place } from './place.ts'
import { removeAbandoned, type Binaries } from './postgres-binaries.ts'
import { identityOf } from './process-identity.ts'
import { failureIn, wayOut } from './server-log.ts'
import { isRoot, type User } from './user.ts'

/** The superuser's name, and the database's. */
export const roleName = 'meridian'

/**
 * One cluster and what belongs to it. `home` is the service's, `data` the server's user's: as root, nothing is written into a
 * folder where another user could have planted a link.
 */
export interface Cluster {
  readonly home: string
  readonly data: string
  readonly log: string
  readonly password: string
  readonly user: User | undefined
}

/** The cluster of a place, made the first time. */
export async function openCluster(place: Place, binaries: Binaries): Promise<Cluster> {
  const home = homeOf(place.folder)
  removeAbandoned(`${home}.new-`)
  if (!existsSync(home)) await makeCluster(home, binaries, place.user)

  const data = join(home, 'data')
  if (place.user) giveTo(place.user, data)
  return { home, data, log: join(home, 'postgres.log'), password: readPassword(home), user: place.user }
}

/**
 * Made under another name and renamed when whole, the password with it: killed at any point, it leaves either a cluster that
 * fits its password or a leftover that the next start removes. Of two racing starts one rename fails, since its target is
 * there and not empty, and that start takes the other's cluster.
 */
async function makeCluster(home: string, binaries: Binaries, user: User | undefined): Promise<void> {
  const temporary = `${home}.new-${identityOf(process.pid)}-${randomBytes(4).toString('hex')}`
  const data = join(temporary, 'data')
  try {
    mkdirSync(temporary)
    if (isRoot()) chmodSync(temporary, 0o755) // whatever the umask: the server's user must pass
    mkdirSync(data, { mode: 0o700 })
    const passwordFile = join(temporary, 'password')
    writeFileSync(passwordFile, `${randomBytes(24).toString('hex')}\n`, { mode: 0o600, flush: true })
    if (user) {
      chownSync(data, user.uid, user.gid)
      chownSync(passwordFile, user.uid, user.gid) // initdb reads it
    }
    await initdb({ temporary, data, passwordFile, binaries, user })
    renameSync(temporary, home)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 3 })
    if (existsSync(home)) return
    if (error instanceof InitdbFailure) {
      throw new EmbeddedServerError(
        `The embedded PostgreSQL could not make its data directory ${join(home, 'data')}: ${error.message}; ` +
          wayOut(error.message, home),
      )
    }
    throw error
  }
}

class InitdbFailure extends Error {}

interface InitdbOptions {
  readonly temporary: string
  readonly data: string
  readonly passwordFile: string
  readonly binaries: Binaries
  readonly user: User | undefined
}

async function initdb({ temporary, data, passwordFile, binaries, user }: InitdbOptions): Promise<void> {
  const lifeline = new Lifeline({
    command: join(binaries.folder, 'bin/initdb'),
    args: [
      `--pgdata=${data}`,
      `--username=${roleName}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ],
    cwd: temporary,
    log: join(temporary, 'initdb.log'),
    signal: 'TERM',
    user,
  })
  if (!(await lifeline.endsWithin(30_000))) {
    lifeline.kill()
    await lifeline.endsWithin(5_000)
    throw new InitdbFailure('initdb was not done after 30 s')
  }
  if (lifeline.exitCode !== 0) throw new InitdbFailure(failureIn(lifeline.output()))
}

function readPassword(home: string): string {
  const path = join(home, 'password')
  const password = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  if (password !== '') return password
  throw new EmbeddedServerError(
    `The embedded PostgreSQL can't be used without its password, and ${path} is missing or empty: ${wayOut('', home)}`,
  )
}

/** A cluster that root owns (restored from a backup, say) is given to the user who is to run it. Links aren't followed. */
function giveTo(user: User, path: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!isRoot() || !found || found.uid === user.uid) return
  lchownSync(path, user.uid, user.gid)
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inner = join(path, entry.name)
    if (entry.isDirectory()) giveTo(user, inner)
    else lchownSync(inner, user.uid, user.gid)
  }
}
