import { afterAll, describe, expect, test } from '@jest/globals'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPostgres, startRedis } from './index.ts'
import { findPlace, makeFolder } from './place.ts'
import { installedBinaries } from './postgres-binaries.ts'
import { cleanUp, folderWithCluster, isGone, query, redisProgram, spawnOwner } from './testing/harness.ts'
import { processesNaming, temporaryFolder, until } from './testing/harness.ts'
import { canEnter, isRoot, unprivilegedUser, type User } from './user.ts'

afterAll(cleanUp)

test('prefers the user postgres, and takes nobody where there is none', () => {
  const nobody = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533:nobody:/:/bin/false\n'
  expect(unprivilegedUser(nobody)).toEqual({ uid: 65534, gid: 65533, name: 'nobody' })
  expect(unprivilegedUser(`${nobody}postgres:x:70:71::/:/bin/sh`)).toEqual({ uid: 70, gid: 71, name: 'postgres' })
  expect(unprivilegedUser('root:x:0:0:root:/root:/bin/sh')).toBeUndefined()
})

test('makes folders whatever the umask, and leaves those above as they were', () => {
  const top = temporaryFolder()
  chmodSync(top, 0o711)
  const umask = process.umask(0o077)
  try {
    makeFolder(join(top, 'a/b'))
  } finally {
    process.umask(umask)
  }
  expect(statSync(top).mode & 0o777).toBe(0o711)
  if (isRoot()) expect(statSync(join(top, 'a')).mode & 0o777).toBe(0o755)
})

// What follows needs root to become, or shut out, somebody else. An ordinary user's run is that user's test by itself.
const suite = isRoot() ? describe : () => {}

suite('run by root', () => {
  const nobody: User = { uid: 65534, gid: 65534, name: 'nobody' }

  function closedFolder(): string {
    const folder = temporaryFolder()
    chmodSync(folder, 0o700)
    return folder
  }

  test('servers run as somebody else', async () => {
    const place = { dataDir: await folderWithCluster(), dataDirIsDefault: false }
    const postgres = await startPostgres(place)
    const redis = await startRedis({ ...place, ...redisProgram(process.env) })
    const [redisPid] = processesNaming(`127.0.0.1:${new URL(redis.url).port}`)
    const postmaster = processesNaming(join(place.dataDir, 'postgres/data'))
    for (const pid of [...postmaster, redisPid!]) expect(statSync(`/proc/${pid}`).uid).not.toBe(0)
    expect(statSync(join(place.dataDir, 'postgres')).uid).toBe(0)
    await Promise.all([postgres.stop(), redis.stop()])
  })

  test('takes over a cluster that was restored as root', async () => {
    const dataDir = await folderWithCluster()
    await startPostgres({ dataDir, dataDirIsDefault: false }).then((server) => server.stop())
    for (const path of readdirSync(join(dataDir, 'postgres/data'), { recursive: true, encoding: 'utf8' })) {
      chownSync(join(dataDir, 'postgres/data', path), 0, 0)
    }
    chownSync(join(dataDir, 'postgres/data'), 0, 0)
    const server = await startPostgres({ dataDir, dataDirIsDefault: false })
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }])
    await server.stop()
  })

  test('keeps the data elsewhere where the default folder is closed to the user, and finds it again', async () => {
    const stateDir = join(temporaryFolder(), 'state')
    const place = { dataDir: join(closedFolder(), '.data'), dataDirIsDefault: true }
    const notices: string[] = []
    const server = await startPostgres({ ...place, onNotice: (message) => notices.push(message) }, { stateDir })
    expect(notices).toEqual([
      expect.stringMatching(`^The database is kept in ${stateDir}/[0-9a-f]{12}: user .* can't enter`),
    ])
    await query(server.url, 'create table kept as select 1 as id')
    await server.stop()
    const again = await startPostgres(place, { stateDir })
    expect(await query(again.url, 'select id from kept')).toEqual([{ id: 1 }])
    await again.stop()
    await until('it is gone', () => processesNaming(stateDir).length === 0)
  })

  test('names a folder of the operator that is closed to the user, and puts nothing elsewhere', async () => {
    const stateDir = join(temporaryFolder(), 'state')
    const dataDir = join(closedFolder(), 'data')
    await expect(startPostgres({ dataDir, dataDirIsDefault: false }, { stateDir })).rejects.toThrow(
      `The data directory ${dataDir} can't be entered by user `,
    )
    expect(existsSync(stateDir)).toBe(false)
    expect(readdirSync(dataDir)).toEqual([])
  })

  test('runs a copy of the binaries where the checkout is closed to the user, made once', async () => {
    const stateDir = join(temporaryFolder(), 'state')
    const { folder, version } = installedBinaries()
    const closed = join(closedFolder(), 'native')
    cpSync(folder, closed, { recursive: true, verbatimSymlinks: true })
    mkdirSync(stateDir)
    mkdirSync(join(stateDir, `postgresql-${version}.new-1-1`)) // cut short: pid 1 did not start then
    const dataDir = await folderWithCluster()
    const elsewhere = { stateDir, binaries: () => ({ folder: closed, version }) }
    const umask = process.umask(0o077)
    try {
      const server = await startPostgres({ dataDir, dataDirIsDefault: false }, elsewhere)
      await server.stop()
    } finally {
      process.umask(umask)
    }
    expect(readdirSync(stateDir)).toEqual([`postgresql-${version}`])
    const made = statSync(join(stateDir, `postgresql-${version}`)).ino
    const server = await startPostgres({ dataDir, dataDirIsDefault: false }, elsewhere)
    expect(processesNaming(join(stateDir, `postgresql-${version}`, 'bin/postgres')).length).toBeGreaterThan(0)
    await server.stop()
    expect(statSync(join(stateDir, `postgresql-${version}`)).ino).toBe(made)

    rmSync(join(stateDir, `postgresql-${version}`, 'lib'), { recursive: true })
    await expect(startPostgres({ dataDir, dataDirIsDefault: false }, elsewhere)).rejects.toThrow(
      /remove that copy if it is damaged/,
    )
  })

  test('a cluster keeps its owner when root runs it', async () => {
    const dataDir = await folderWithCluster()
    const chown = (path: string): void => chownSync(path, nobody.uid, nobody.gid)
    chown(join(dataDir, 'postgres/data'))
    expect(findPlace({ dataDir, dataDirIsDefault: false }).user?.uid).toBe(nobody.uid)
  })

  // Node and the checkout have to be open to that user, which is the machine's affair.
  const reachable = [dirname(process.execPath), dirname(fileURLToPath(import.meta.url))].every((path) =>
    canEnter(nobody, path),
  )
  const ordinary = reachable ? test : () => {}

  ordinary('an ordinary user without a home runs both servers, and they end with it', async () => {
    const dataDir = temporaryFolder()
    chownSync(dataDir, nobody.uid, nobody.gid)
    const place = { dataDir, dataDirIsDefault: true }
    const wish = { postgres: place, redis: { ...place, ...redisProgram(process.env) } }
    const first = spawnOwner(wish, nobody)
    const { postgres, redis } = await first.started
    expect(await query(postgres!.url, 'select current_user as name')).toEqual([{ name: 'meridian' }])
    const [redisPid] = processesNaming(`127.0.0.1:${new URL(redis!.url).port}`)
    for (const pid of [postgres!.pid, redisPid!]) expect(statSync(`/proc/${pid}`).uid).toBe(nobody.uid)
    const second = spawnOwner({ postgres: place }, nobody)
    expect((await second.started).postgres?.shared).toBe(true)

    second.process.kill('SIGKILL')
    first.process.kill('SIGKILL')
    await until('both are gone', () => isGone(postgres!.pid) && isGone(redisPid!))
    const third = spawnOwner({ postgres: place }, nobody)
    expect((await third.started).postgres?.shared).toBe(false)
    third.process.kill('SIGKILL')
  })

  ordinary('an ordinary user is told of a folder that belongs to somebody else', async () => {
    const place = { dataDir: await folderWithCluster(), dataDirIsDefault: false }
    const owner = spawnOwner({ postgres: place }, nobody)
    await expect(owner.started).rejects.toThrow(
      /could not start: EACCES.*give .* to the user who runs Meridian, or set DATA_DIR/,
    )
  })
})
