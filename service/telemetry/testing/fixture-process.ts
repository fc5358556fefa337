import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { setTimeout as wait } from 'node:timers/promises'
import type { Profile } from '../../profiler/index.ts'

export interface Ready {
  readonly port: number
  readonly startMs: number
  readonly active: boolean
  readonly profiled: boolean
  readonly exporting: boolean
  readonly unpatched: readonly string[]
}

interface Line {
  readonly type: 'ready' | 'profile' | 'notice' | 'stopped'
  readonly value: unknown
}

const SERVER = fileURLToPath(new URL('fixture-server.ts', import.meta.url))

/** Starts the fixture server in a process of its own: instrumentation does not work inside Jest's module registry. */
export async function startFixture(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [SERVER], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: Line[] = []
  const other: string[] = []
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      if (part.startsWith('{"type"')) lines.push(JSON.parse(part) as Line)
      else other.push(part)
    }
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => other.push(chunk))
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))

  const values = (type: Line['type']) => lines.filter((line) => line.type === type).map(({ value }) => value)

  async function until<T>(what: string, read: () => T | undefined): Promise<T> {
    for (const deadline = Date.now() + 15_000; Date.now() < deadline; await wait(20)) {
      const value = read()
      if (value !== undefined) return value
      if (child.exitCode !== null && what === 'ready') break
    }
    throw new Error(`Expected ${what} of the fixture, got ${JSON.stringify(lines)} and ${other.join('\n')}`)
  }

  const ready = await until('ready', () => values('ready')[0] as Ready | undefined)
  return {
    ...ready,
    /** What it printed beside its own lines: console noise of a library. */
    other,
    notices: () => values('notice') as string[],
    profiles: () => values('profile') as Profile[],
    get: (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${ready.port}${path}`, init),
    profileOf: (path: string) =>
      until(`a profile of ${path}`, () => (values('profile') as Profile[]).find((profile) => profile.path === path)),
    until,
    /** SIGTERM; resolves with how long the flush took. */
    async stop(): Promise<{ readonly ms: number }> {
      child.kill('SIGTERM')
      await exited
      return (values('stopped')[0] as { ms: number } | undefined) ?? { ms: Number.NaN }
    },
    kill: async () => {
      child.kill('SIGKILL')
      await exited
    },
  }
}
