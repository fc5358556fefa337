import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { findRedisServer, startPostgres, type PostgresOptions, type RedisOptions } from '../index.ts'
import { commandOf, identityOf } from '../process-identity.ts'
import type { User } from '../user.ts'

/** A folder that other users may enter, which mkdtemp's are not. Removed by `cleanUp`. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'meridian-')))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}

const folders: string[] = []
const owners: ChildProcess[] = []

/** For afterAll. */
export async function cleanUp(): Promise<void> {
  for (const owner of owners) owner.kill('SIGKILL')
  for (const folder of folders) {
    const pids = (): number[] => processesNaming(folder)
    await until(`all servers in ${folder} are gone`, () => pids().length === 0, 5_000).catch(() => {
      for (const pid of pids()) process.kill(pid, 'SIGKILL') // those of a test that failed half way
    })
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A folder with a cluster in it, copied from one that is made once a test file. */
export async function folderWithCluster(): Promise<string> {
  template ??= (async () => {
    const folder = temporaryFolder()
    const server = await startPostgres({ dataDir: folder, dataDirIsDefault: false })
    await server.stop()
    return folder
  })()
  const folder = temporaryFolder()
  spawnSync('cp', ['-a', join(await template, 'postgres'), folder]) // cpSync keeps neither owners nor folders' modes
  rmSync(join(folder, 'postgres/data/postmaster.opts')) // else every copy would want the port of the first
  return folder
}

let template: Promise<string> | undefined

/** Polls, never sleeps for good: fails with what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 20_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited ${milliseconds} ms in vain until ${what}`)
    await sleep(10)
  }
}

/** Pids of the running programs that have `text` in their arguments. */
export function processesNaming(text: string): number[] {
  return allPids().filter((pid) => argumentsOf(pid).includes(text) && !isGone(pid))
}

/** Small images have /proc and no ps; other systems the reverse. */
function allPids(): number[] {
  const words =
    process.platform === 'linux'
      ? readdirSync('/proc')
      : spawnSync('ps', ['-axo', 'pid='], { encoding: 'utf8' }).stdout.trim().split(/\s+/)
  return words.filter((word) => /^\d+$/.test(word)).map(Number)
}

export function isGone(pid: number): boolean {
  return identityOf(pid) === undefined
}

export function argumentsOf(pid: number): string {
  return (commandOf(pid) ?? []).join(' ')
}

export async function query<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    const { rows } = await client.query<Row>(text)
    return rows
  } finally {
    await client.end()
  }
}

/** Polls until the server answers, and gives its first answer. */
export async function answer<Row extends pg.QueryResultRow>(url: string, text: string): Promise<Row[]> {
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      return await query<Row>(url, text)
    } catch (error) {
      if (Date.now() > deadline) throw error
      await sleep(20)
    }
  }
}

/** The pid in a data directory's lock file. */
export function postmasterOf(dataDir: string): number {
  return Number.parseInt(readFileSync(join(dataDir, 'postgres/data/postmaster.pid'), 'utf8'), 10)
}

/** The redis-server of this machine, with what it needs to run. The tests need one, and say so rather than pass without. */
export function redisProgram(env: NodeJS.ProcessEnv): Pick<RedisOptions, 'binary' | 'libraryPath'> {
  const binary = findRedisServer(env['PATH'] ?? '')
  if (binary) return { binary, libraryPath: env['LD_LIBRARY_PATH'] }
  throw new Error('These tests need a redis-server or valkey-server on the PATH (apt-get install redis-server)')
}

interface Report {
  readonly postgres?: { readonly url: string; readonly shared: boolean; readonly pid: number }
  readonly redis?: { readonly url: string }
}

export interface Owner {
  readonly process: ChildProcess
  readonly pid: number
  /** What it started; rejects with its error output when it ends first. */
  readonly started: Promise<Report>
}

/** Runs testing/owner.ts: another process that owns servers, to be killed. */
export function spawnOwner(
  wish: { postgres?: PostgresOptions; redis?: RedisOptions; leave?: boolean },
  user?: User,
): Owner {
  const script = fileURLToPath(new URL('./owner.ts', import.meta.url))
  const child = spawn(process.execPath, [script, JSON.stringify(wish)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: '/',
    env: {}, // no HOME, no PATH
    ...(user && { uid: user.uid, gid: user.gid }),
  })
  owners.push(child)
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const started = new Promise<Report>((resolve, reject) => {
    createInterface(child.stdout).once('line', (line) => resolve(JSON.parse(line) as Report))
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`The owner ended (${signal ?? code}): ${complaint}`)))
  })
  started.catch(() => {}) // a test that kills it early doesn't await this
  return { process: child, pid: child.pid ?? 0, started }
}
