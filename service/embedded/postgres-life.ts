import type { Life } from './kept-server.ts'
import type { Lifeline } from './lifeline.ts'
import { stopServer } from './postgres-server.ts'
import { identityOf, isAlive } from './process-identity.ts'
import { failureIn } from './server-log.ts'

/** A look is two small reads under /proc; elsewhere it is two runs of `ps`. */
const lookEvery = process.platform === 'linux' ? 250 : 1_000

export function ownLife(server: Lifeline, data: string): Life {
  return {
    shared: false,
    over: server.exited.then(() => `has ended by itself: ${server.killedBy ?? failureIn(server.output())}`),
    end: () => stopServer(server, data),
  }
}

/**
 * The life of another process's server. It is over with its owner too: a server that lost its owner is to stop, and should
 * its watcher be dead as well, it is whoever starts the next one that stops it.
 */
export function sharedLife(pid: number, owner: string): Life {
  const server = identityOf(pid)
  const [ownerPid] = owner.split('-')
  const { promise: over, resolve } = Promise.withResolvers<string>()
  const timer = setInterval(() => {
    if (!isAlive(owner)) done(`has lost process ${ownerPid}, with which it was shared`)
    else if (server === undefined || !isAlive(server)) done(`has ended, which was shared with process ${ownerPid}`)
  }, lookEvery).unref()
  const done = (what: string): void => {
    clearInterval(timer)
    resolve(what)
  }
  return { shared: true, over, end: async () => clearInterval(timer) }
}
