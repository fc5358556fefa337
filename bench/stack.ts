import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOrm, prepareDatabase } from '../service/database/index.ts'
import { findRedisServer, startPostgres, startRedis } from '../service/embedded/index.ts'
import type { Closing } from './closing.ts'

export interface Stack {
  readonly databaseUrl: string
  /** Undefined where no redis-server or valkey-server is on the PATH: the service then caches in its memory. */
  readonly redisUrl: string | undefined
}

/** A folder of its own that is removed at the end, and that PostgreSQL's user may enter: mkdtemp makes it 0700. */
export function temporaryFolder(closing: Closing): string {
  const folder = mkdtempSync(join(tmpdir(), 'meridian-bench-'))
  chmodSync(folder, 0o755)
  closing.add(async () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** PostgreSQL with the whole real data and its usual durability, and Redis: private, on loopback, gone with this process. */
export async function startStack(closing: Closing, say: (text: string) => void): Promise<Stack> {
  const place = { dataDir: temporaryFolder(closing), dataDirIsDefault: false }
  say('starting PostgreSQL and importing the data …')
  const postgres = await startPostgres(place)
  closing.add(() => postgres.stop())
  const orm = await createOrm({ url: postgres.url })
  await prepareDatabase({
    orm,
    url: postgres.url,
    onNotice: say,
    async runSteps(steps) {
      for (const { run } of steps) await run()
    },
  })
  await orm.close()

  const binary = findRedisServer(process.env['PATH'] ?? '')
  if (binary === undefined) {
    say('NO REDIS on the PATH: what is measured below is the cache in the memory of the process')
    return { databaseUrl: postgres.url, redisUrl: undefined }
  }
  const redis = await startRedis({ binary, ...place, libraryPath: process.env['LD_LIBRARY_PATH'] })
  closing.add(() => redis.stop())
  return { databaseUrl: postgres.url, redisUrl: redis.url }
}

/** The variables that point a service at the stack. */
export function stackEnvironment({ databaseUrl, redisUrl }: Stack): Record<string, string> {
  return { DATABASE_URL: databaseUrl, ...(redisUrl ? { REDIS_URL: redisUrl } : { CACHE_STORE: 'memory' }) }
}
