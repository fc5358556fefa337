import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { argumentsOf, cleanUp, processesNaming, temporaryFolder, until } from '../service/embedded/testing/harness.ts'
import { send } from './support/http.ts'
import { killAll, runMeridian } from './support/service.ts'

afterEach(killAll)
afterAll(cleanUp)

/** Every embedded server has its data directory among its arguments. */
async function expectNothingLeft(dataDir: string): Promise<void> {
  await until(`no process is left over`, () => processesNaming(dataDir).length === 0)
}

describe('with nothing configured, the same command', () => {
  const dataDir = temporaryFolder()

  test('killed with -9 in mid-import, starts again and imports whole data', async () => {
    const victim = runMeridian({ DATA_DIR: dataDir })
    await victim.line(/^import 4\/7: Cities/)
    victim.kill('SIGKILL')
    await victim.ended
    const meridian = runMeridian({ DATA_DIR: dataDir })
    const url = await meridian.ready()
    expect((await send(`${url}/v1/countries/FR`)).json).toMatchObject({ name: 'France', capitalId: 2_988_507 })
    expect((await send(`${url}/v1/dataset`)).json).toMatchObject({ countries: 250, cities: { kept: 135_560 } })
    expect(meridian.lines.filter(({ msg }) => msg.startsWith('import '))).toHaveLength(7)
    // The next test finds it as a crash leaves it.
    meridian.kill('SIGKILL')
    await meridian.ended
    await expectNothingLeft(dataDir)
  })

  test('killed with -9 in mid-serving, starts again with the data it had, and leaves nothing when told to stop', async () => {
    const victim = runMeridian({ DATA_DIR: dataDir })
    const before = await send(`${await victim.ready()}/v1/dataset`)
    victim.kill('SIGKILL')
    await victim.ended
    const meridian = runMeridian({ DATA_DIR: dataDir })
    const url = await meridian.ready()
    expect((await send(`${url}/v1/dataset`)).json).toEqual(before.json)
    expect(meridian.lines.filter(({ msg }) => msg.startsWith('import '))).toEqual([])
    meridian.kill('SIGTERM')
    expect(await meridian.ended).toBe(0)
    await expectNothingLeft(dataDir)
  })

  test('imports again beside a running service, in plain lines, and reports what it kept and dropped', async () => {
    const meridian = runMeridian({ DATA_DIR: dataDir })
    const url = await meridian.ready()
    const importing = runMeridian({ DATA_DIR: dataDir }, 'import')
    expect(await importing.ended).toBe(0)
    const text = importing.lines.map(({ msg }) => msg).join('\n')
    expect(text).toMatch(/^import 1\/7: /m)
    expect(text).toContain('135,560 of 199,568 cities kept')
    expect(text).toMatch(/dropped 6,247: section of a populated place/)
    expect(text).toContain('0 rows inserted, 0 updated, 0 removed, 0 edits kept')
    expect((await send(`${url}/readyz`)).status).toBe(200)
    meridian.kill('SIGTERM')
    expect(await meridian.ended).toBe(0)
    await expectNothingLeft(dataDir)
  })

  test('started while an import owns the database, serves when that has ended', async () => {
    const importing = runMeridian({ DATA_DIR: dataDir }, 'import')
    await importing.line(/^import 1\/7/)
    const meridian = runMeridian({ DATA_DIR: dataDir })
    await meridian.line(/another process is migrating or importing/)
    expect(await importing.ended).toBe(0)
    const url = await meridian.ready()
    await until('the database is back', async () => (await send(`${url}/readyz`)).status === 200)
    expect((await send(`${url}/v1/countries/FR`)).status).toBe(200)
    meridian.kill('SIGTERM')
    expect(await meridian.ended).toBe(0)
    await expectNothingLeft(dataDir)
  })

  test('serves again by itself when its PostgreSQL is killed', async () => {
    const meridian = runMeridian({ DATA_DIR: dataDir })
    const url = await meridian.ready()
    const postmaster = processesNaming(dataDir).find((pid) => /bin\/postgres -D/.test(argumentsOf(pid)))
    process.kill(postmaster!, 'SIGKILL')
    await until('the database is gone', async () => (await send(`${url}/readyz`)).status === 503)
    await until('the database is back', async () => (await send(`${url}/readyz`)).status === 200)
    expect((await send(`${url}/v1/cities/2988507`)).status).toBe(200)
    meridian.kill('SIGTERM')
    expect(await meridian.ended).toBe(0)
    await expectNothingLeft(dataDir)
  })

  test('without a Redis on the PATH caches in the process, and says so', async () => {
    const meridian = runMeridian({ DATA_DIR: dataDir, PATH: '/nowhere' })
    const url = await meridian.ready()
    expect(await meridian.line(/no REDIS_URL, and no redis-server/)).toMatchObject({ level: 'warn' })
    await send(`${url}/__version__`)
    expect((await send(`${url}/__version__`)).headers['cache-status']).toMatch(/hit/)
    meridian.kill('SIGTERM')
    expect(await meridian.ended).toBe(0)
    await expectNothingLeft(dataDir)
  })
})
