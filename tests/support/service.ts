import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from '../../service/embedded/testing/harness.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A line of the log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly msg: string }

export interface Meridian {
  readonly process: ChildProcess
  readonly lines: readonly LogLine[]
  /** What was written to stderr. */
  readonly errors: () => string
  /** The address it listens on, once it does. Rejects when it ends before. */
  readonly ready: (milliseconds?: number) => Promise<string>
  /** Resolves with a line of the log that matches, once there is one. */
  readonly line: (pattern: RegExp) => Promise<LogLine>
  readonly kill: (signal: NodeJS.Signals) => void
  /** Resolves when it has ended, with its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>
}

const running = new Set<ChildProcess>()

/** Runs `meridian …` (`serve`, as npm start does, unless it is told otherwise) as a process of its own. Only `environment` and the PATH reach it. */
export function runMeridian(environment: Record<string, string>, ...args: string[]): Meridian {
  const child = spawn(process.execPath, ['bin/meridian.js', ...(args.length > 0 ? args : ['serve'])], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const lines: LogLine[] = []
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  createInterface({ input: child.stdout }).on('line', (text) => lines.push(parseLine(text)))
  let isEnded = false
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    isEnded = true
    running.delete(child)
    return (code ?? signal) as number | string
  })

  async function line(pattern: RegExp, milliseconds = 30_000): Promise<LogLine> {
    const find = () => lines.find(({ msg }) => pattern.test(msg))
    await until(`the log says ${pattern}`, () => find() !== undefined || isEnded, milliseconds)
    const found = find()
    if (!found) throw new Error(`Ended before it said ${pattern}: ${errors}${JSON.stringify(lines.slice(-3))}`)
    return found
  }

  return {
    process: child,
    lines,
    errors: () => errors,
    ready: async (milliseconds = 60_000) => String((await line(/listens on/, milliseconds))['address']),
    line,
    kill: (signal) => void child.kill(signal),
    ended,
  }
}

/** For afterAll: ends what a test that failed half way has left. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text) as LogLine
  } catch {
    return { level: 'plain', msg: text }
  }
}
