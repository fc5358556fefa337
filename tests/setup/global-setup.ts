import { chmodSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOrm, prepareDatabase } from '../../service/database/index.ts'
import { startPostgres, startRedis } from '../../service/embedded/index.ts'
import { createTemplate } from '../support/database.ts'
import { ensureRedisServer } from './redis-server.ts'
import { servers } from './servers.ts'

/**
 * Once for the whole run: a real PostgreSQL with the whole real data, and a real Redis, on loopback. Tests find them in
 * the environment; a test that writes makes a copy of the database, which takes PostgreSQL a fraction of a second.
 */
export default async function globalSetup(): Promise<void> {
  const binary = ensureRedisServer()
  const dataDir = mkdtempSync(join(tmpdir(), 'meridian-tests-'))
  // Made 0700, and PostgreSQL runs as another user when the tests run as root.
  chmodSync(dataDir, 0o755)
  servers.dataDir = dataDir
  servers.postgres = await startPostgres({
    dataDir,
    dataDirIsDefault: false,
    // Nothing here outlives the run, so nothing needs to survive a crash of the machine.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  })
  servers.redis = await startRedis({
    binary,
    dataDir,
    dataDirIsDefault: false,
    libraryPath: process.env['LD_LIBRARY_PATH'],
  })
  const orm = await createOrm({ url: servers.postgres.url })
  await prepareDatabase({
    orm,
    url: servers.postgres.url,
    onNotice: () => undefined,
    async runSteps(steps) {
      for (const { run } of steps) await run()
    },
  })
  await orm.close()
  await createTemplate(servers.postgres.url)
  process.env['TEST_DATABASE_URL'] = servers.postgres.url
  process.env['TEST_REDIS_URL'] = servers.redis.url
}
