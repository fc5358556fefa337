import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Bench } from './bench.ts'
import type { Observations } from './request-path-orders.ts'

export interface OrderServer {
  readonly name: string
  readonly url: string
  /** How often it compressed what became a 304, so far. */
  readonly compressedInVain: () => Promise<number>
}

/** One order, or `bare`, as a process of its own that goes when this one does. */
export async function startServer({ closing }: Bench, name: string): Promise<OrderServer> {
  const child = fork(fileURLToPath(new URL('request-path-server.ts', import.meta.url)), [name])
  closing.add(async () => {
    if (child.kill()) await once(child, 'exit')
  })
  const failed = once(child, 'exit').then(() => Promise.reject(new Error(`Expected ${name} to start, but it ended`)))
  const [{ port }] = (await Promise.race([once(child, 'message'), failed])) as [{ port: number }]
  failed.catch(() => undefined)
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    async compressedInVain() {
      child.send('observations')
      const [observations] = (await once(child, 'message')) as [Observations]
      return observations.compressedInVain
    },
  }
}
