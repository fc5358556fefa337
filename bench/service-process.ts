import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { freePort } from '../service/embedded/free-port.ts'
import { probe } from './probe.ts'

export type LogLine = Readonly<Record<string, unknown>>

export interface ServiceProcess {
  readonly url: string
  /** From spawn to the first 200. */
  readonly startMs: number
  /** The JSON lines that it has logged so far. */
  readonly lines: readonly LogLine[]
  readonly stop: () => Promise<void>
}

const root = fileURLToPath(new URL('..', import.meta.url))
const patience = 120_000

/** The real service as a process of its own, on a free port of 127.0.0.1, with no more of this environment than it needs. */
export async function startService(env: Readonly<Record<string, string>>): Promise<ServiceProcess> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const inherited = Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'LD_LIBRARY_PATH'].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const began = performance.now()
  const child = spawn(process.execPath, ['bin/meridian.js', 'serve'], {
    cwd: root,
    env: { ...inherited, HOST: '127.0.0.1', PORT: String(port), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // Should this process leave without closing what it opened, the child doesn't stay behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)

  const lines: LogLine[] = []
  const words: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(parse(line)))
  createInterface({ input: child.stderr }).on('line', (line) => words.push(line))
  const exited = once(child, 'exit')

  async function stop(): Promise<void> {
    const timer = setTimeout(kill, 20_000)
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGTERM')) await exited
    clearTimeout(timer)
    process.off('exit', kill)
  }

  while (!(await answers(url))) {
    const ended = child.exitCode !== null || child.signalCode !== null
    if (!ended && performance.now() - began < patience) continue
    await stop()
    const said = [...words, ...lines.slice(-3).map((line) => JSON.stringify(line))].join('\n')
    throw new Error(`Expected the service to start, but it ${ended ? 'ended' : 'did not answer'}: ${said}`)
  }
  return { url, startMs: performance.now() - began, lines, stop }
}

function parse(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine
  } catch {
    return { msg: line }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await probe(`${url}/livez`)).status === 200
  } catch {
    await new Promise((resolve) => {
      setTimeout(resolve, 5)
    })
    return false
  }
}
