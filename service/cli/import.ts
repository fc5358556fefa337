import { loadConfig } from '../config.ts'
import { createOrm, importInto } from '../database/index.ts'
import { describeReport } from '../places/index.ts'
import { showProgress } from '../progress.ts'
import { assertDatabaseAnswers, openDatabase, preparing } from '../servers.ts'

/** `meridian import`: into the configured database, or the embedded one, whether a service runs on it or not. */
export async function importCommand(environment: NodeJS.ProcessEnv): Promise<void> {
  const config = loadConfig(environment)
  const writeLine = (line: string) => process.stdout.write(`${line}\n`)
  const { url, server } = await openDatabase(config, writeLine)
  const orm = await createOrm({ url, poolSize: 2 })
  try {
    await assertDatabaseAnswers(orm, url)
    const runSteps = showProgress({ terminal: process.stdout.isTTY, writeLine })
    const report = await preparing(undefined, () => importInto({ orm, url, runSteps, onNotice: writeLine }))
    for (const line of describeReport(report)) writeLine(line)
    writeLine(
      'Running services may answer from their caches for an hour yet; restart them to show the new data at once.',
    )
  } finally {
    await orm.close()
    await server?.stop()
  }
}
