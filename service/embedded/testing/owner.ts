/**
 * A service in small: starts what it is asked for, prints one line of JSON, and lives until it is killed or, with SIGTERM, told
 * to stop.
 *
 *     owner.ts '{"postgres": {…}, "redis": {…}}'
 */
import pg from 'pg'
import { startPostgres, startRedis, type PostgresOptions, type RedisOptions } from '../index.ts'

interface Wish {
  readonly postgres?: PostgresOptions
  readonly redis?: RedisOptions
  /** Ends by itself once all is started, with nothing stopped. */
  readonly leave?: boolean
}

const wish = JSON.parse(process.argv[2] ?? '{}') as Wish
const [postgres, redis] = await Promise.all([
  wish.postgres && startPostgres(wish.postgres),
  wish.redis && startRedis(wish.redis),
])
process.stdout.write(
  `${JSON.stringify({
    postgres: postgres && { url: postgres.url, shared: postgres.shared, pid: await postgresPid(postgres.url) },
    redis: redis && { url: redis.url },
  })}\n`,
)
process.once('SIGTERM', async () => {
  await Promise.all([postgres?.stop(), redis?.stop()])
  process.exit()
})
if (!wish.leave) process.stdin.resume() // the servers do not keep the event loop alive; this does

async function postgresPid(url: string): Promise<number> {
  const client = new pg.Client(url)
  await client.connect()
  const { rows } = await client.query<{ lock: string }>(`select pg_read_file('postmaster.pid') as lock`)
  await client.end()
  return Number.parseInt(rows[0]?.lock ?? '', 10)
}
