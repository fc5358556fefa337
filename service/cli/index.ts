import { Command } from 'commander'
import { readBuildInfo } from '../build-info.ts'
import { describeEnvironment } from '../config.ts'
import { startupMessage } from '../startup-error.ts'

/** `meridian …`: parses the arguments and runs the command. What a person can mend is one line on stderr, exit code 1. */
export async function run(argv: readonly string[]): Promise<void> {
  const { version } = readBuildInfo()
  const program = new Command('meridian')
    .description('A self-hosted places API: every country, subdivision and some 135,000 cities, from open data.')
    .version(version)
    .addHelpText('after', `\n${describeEnvironment()}`)
  // Each command imports what it needs, and no more: telemetry has to come before what it patches.
  program
    .command('serve')
    .description('start the service; the first time the data is imported')
    .addHelpText('after', `\n${describeEnvironment()}`)
    .action(async () => {
      const { serve } = await import('../main.ts')
      await serve(process.env)
    })
  program
    .command('import')
    .description('import the data anew, beside a running service; changes by editors are kept')
    .action(async () => {
      const { importCommand } = await import('./import.ts')
      await importCommand(process.env)
    })
  try {
    await program.parseAsync(argv)
  } catch (error) {
    const message = startupMessage(error)
    if (message === undefined) throw error
    process.stderr.write(`${message.replaceAll(/^/gm, 'meridian: ')}\n`)
    process.exitCode = 1
  }
}
