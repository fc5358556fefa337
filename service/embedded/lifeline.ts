import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, renameSync } from 'node:fs'
import { constants } from 'node:os'
import { childEnvironment } from './child-environment.ts'
import type { User } from './user.ts'

/**
 * Runs "$@" until it ends by itself or standard input does, whichever is first. Standard input is a pipe whose other end only
 * the service holds: the kernel closes it however the service ends, by SIGKILL too, and the server then gets its signal.
 *
 * `read` is a builtin, so the watcher is one process; the server must not hold the pipe's reading end (3<&-). The shell waits
 * for the server, so its own end is the server's, and the server's pid can't be reused before the watcher is gone.
 */
const wrapper = `
signal=$1; shift
ulimit -c 0
exec 3<&0
"$@" </dev/null 3<&- &
server=$!
{ read -r _; kill -s "$signal" "$server"; } <&3 >/dev/null 2>&1 &
watcher=$!
exec 3<&- </dev/null
wait "$server"; status=$?
kill "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
exit "$status"
`

export interface LifelineOptions {
  readonly command: string
  readonly args: readonly string[]
  /** Must be a folder that `user` can enter. */
  readonly cwd: string
  /** A file, not a pipe: a pipe's reader dies with the service, before the server has finished writing. Made anew. */
  readonly log: string
  /** What the server takes for "end soon, and in order". */
  readonly signal: 'INT' | 'TERM'
  readonly user: User | undefined
  readonly env?: Readonly<Record<string, string>>
}

/** A child process that ends with this one, whatever ends this one. It does not keep the event loop alive. */
export class Lifeline {
  readonly exited: Promise<void>
  readonly #child: ChildProcess
  readonly #log: number
  #ended = false
  #output = ''

  constructor(options: LifelineOptions) {
    this.#log = freshFile(options.log)
    this.#child = spawn('/bin/sh', ['-c', wrapper, 'sh', options.signal, options.command, ...options.args], {
      cwd: options.cwd,
      detached: true, // a session of its own: Ctrl-C in the terminal reaches the service alone, which closes in order
      env: { ...childEnvironment, ...options.env },
      stdio: ['pipe', this.#log, this.#log],
      ...(options.user && { uid: options.user.uid, gid: options.user.gid }),
    })
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#end(resolve, error.message))
      this.#child.once('exit', () => this.#end(resolve))
    })
    this.#child.stdin?.on('error', () => {}) // EPIPE, when the server went first
    this.#child.unref()
    // Typed as a Writable, is a net.Socket.
    if (this.#child.stdin && 'unref' in this.#child.stdin) (this.#child.stdin.unref as () => void)()
  }

  get ended(): boolean {
    return this.#ended
  }

  get exitCode(): number | null {
    return this.#child.exitCode
  }

  /** "killed by SIGKILL": the signal that ended the server, in words; undefined when none did. A shell adds 128 to its number. */
  get killedBy(): string | undefined {
    const number = (this.exitCode ?? 0) - 128
    const [name] = Object.entries(constants.signals).find(([, value]) => value === number) ?? []
    return name && `killed by ${name}`
  }

  /** What the server has written since it started. Read from the open file: another start may have replaced the name. */
  output(): string {
    if (this.#ended) return this.#output
    const buffer = Buffer.alloc(Math.min(fstatSync(this.#log).size, 1 << 20))
    return buffer.toString('utf8', 0, readSync(this.#log, buffer, 0, buffer.length, 0))
  }

  /** Lets go of the pipe: the server gets its signal. */
  cut(): void {
    this.#child.stdin?.destroy()
  }

  /** The last resort: the shell, its watcher and the server, which share a process group. */
  kill(): void {
    if (this.#ended || this.#child.pid === undefined) return
    try {
      process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // gone in this moment
    }
  }

  /** Waits for the end, and keeps the event loop alive meanwhile. False when it hasn't come in time. */
  async endsWithin(milliseconds: number): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, milliseconds)
    this.#child.ref()
    try {
      await Promise.race([this.exited, late])
    } finally {
      clearTimeout(timer)
      this.#child.unref()
    }
    return this.#ended
  }

  #end(resolve: () => void, failure = ''): void {
    if (this.#ended) return
    this.#output = `${this.output()}${failure}`
    this.#ended = true
    this.cut()
    closeSync(this.#log)
    resolve()
  }
}

/**
 * Opened under a name of its own and renamed into place: never written through a link, never under a server that still writes
 * to the former one, and without a moment in which another start could be in the way.
 */
function freshFile(path: string): number {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`
  const file = openSync(temporary, 'wx+', 0o600)
  renameSync(temporary, path)
  return file
}
