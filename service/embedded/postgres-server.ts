import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { whenAborted } from './aborted.ts'
import type { Cluster } from './cluster.ts'
import { Lifeline } from './lifeline.ts'
import { readiness } from './postgres-connection.ts'
import type { Binaries } from './postgres-binaries.ts'
import { holderOf, ownerArgument } from './postmaster.ts'
import { identityOf } from './process-identity.ts'
import { failureIn } from './server-log.ts'

/** `again`: something else was in the way at that moment, and a new look is worth it. */
export type Attempt =
  | { readonly kind: 'running'; readonly server: Lifeline; readonly pid: number }
  | { readonly kind: 'again'; readonly reason: string; readonly portIsTaken: boolean }
  | { readonly kind: 'failed'; readonly reason: string }

export interface AttemptOptions {
  readonly cluster: Cluster
  readonly binaries: Binaries
  readonly settings: Readonly<Record<string, string>>
  readonly port: number
  readonly deadline: number
  readonly aborted: AbortSignal
}

const defaults = {
  shared_buffers: '256MB',
  max_connections: '100',
  log_checkpoints: 'off',
}

/** Starts one server and waits until it takes connections or has failed. A failed one is gone when this returns. */
export async function attempt(options: AttemptOptions): Promise<Attempt> {
  const { cluster, binaries, settings, port, deadline, aborted } = options
  const given = { ...defaults, ...settings, ...fixed(port) }
  const server = new Lifeline({
    command: join(binaries.folder, 'bin/postgres'),
    args: [
      '-D',
      cluster.data,
      '-c',
      ownerArgument(identityOf(process.pid) ?? String(process.pid)),
      ...Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    cwd: cluster.home,
    log: cluster.log,
    signal: 'INT',
    user: cluster.user,
  })

  const over = Promise.race([server.exited, whenAborted(aborted)])
  while (Date.now() < deadline && !aborted.aborted) {
    if (server.ended) return judge(server.output())
    // Whoever else has the port may take the connection and say nothing, while the server is long gone.
    const found = await Promise.race([readiness(port, cluster.password), over])
    // Only believed of our own server: another one, of a copy of this folder even, may have been given the port first.
    const pid = found && pidOf(cluster.data, port)
    if (found === 'ready' && pid && !server.ended) return { kind: 'running', server, pid }
    if (found === 'denied' && pid) {
      await stopServer(server, cluster.data)
      return { kind: 'failed', reason: `it does not accept the password in ${join(cluster.home, 'password')}` }
    }
    await Promise.race([over, sleep(10)])
  }
  const { reason } = judge(server.output())
  await stopServer(server, cluster.data, 1_000)
  return { kind: 'failed', reason: `not ready in time (${reason})` }
}

/** What the operator's settings can't change: reachable from this machine alone, and the log readable to `failureIn`. */
function fixed(port: number): Record<string, string> {
  return {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '%m [%p] %b ',
  }
}

/** The process of a server of ours that is ready. */
function pidOf(data: string, port: number): number | undefined {
  const holder = holderOf(data)
  const isOurs = holder.kind === 'service' && holder.port === port && holder.owner === identityOf(process.pid)
  return isOurs && holder.ready ? holder.pid : undefined
}

function judge(log: string): Exclude<Attempt, { kind: 'running' }> {
  const reason = failureIn(log)
  const portIsTaken = /could not create any TCP\/IP sockets/.test(reason)
  // Another start holds the lock, or the children of a killed server are on their way out.
  const passing = /lock file "postmaster.pid" (?:already exists|is empty)|pre-existing shared memory block/
  return portIsTaken || passing.test(reason) ? { kind: 'again', reason, portIsTaken } : { kind: 'failed', reason }
}

/** Ends a server of ours: its connections are cut and it writes a checkpoint; after `patience` without even that. */
export async function stopServer(server: Lifeline, data: string, patience = 10_000): Promise<void> {
  server.cut()
  if (await server.endsWithin(patience)) return
  const holder = holderOf(data)
  if (holder.kind === 'service' && holder.owner === identityOf(process.pid)) signal(holder.pid, 'SIGQUIT')
  if (await server.endsWithin(5_000)) return
  server.kill()
  await server.endsWithin(5_000)
}

export function signal(pid: number, name: 'SIGINT' | 'SIGQUIT'): void {
  try {
    process.kill(pid, name)
  } catch {
    // Gone in this moment, or another user's; whoever waits for it will see.
  }
}
