import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { childEnvironment } from './child-environment.ts'

/** Whom a server runs as, when that isn't who runs the service. */
export interface User {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/** PostgreSQL refuses to run as root. The system's own `postgres` if there is one, else `nobody`; no user is ever made. */
export function unprivilegedUser(passwd = readFileSync('/etc/passwd', 'utf8')): User | undefined {
  const accounts = passwd.split('\n').map((line) => line.split(':'))
  for (const wanted of ['postgres', 'nobody']) {
    const account = accounts.find(([name]) => name === wanted)
    if (account) return { uid: Number(account[2]), gid: Number(account[3]), name: wanted }
  }
  return undefined
}

/** Asked of the kernel as that user: mode bits alone know nothing of the folders above, ACLs or mount options. */
export function canEnter(user: User, folder: string): boolean {
  return run('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], user).works
}

/** Whether the program runs, libraries and all; `output` is what it said, or why not. */
export function run(
  command: string,
  args: readonly string[],
  user: User | undefined,
  env: Readonly<Record<string, string>> = {},
): { works: boolean; output: string } {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: '/',
    env: { ...childEnvironment, ...env },
    encoding: 'utf8',
    timeout: 10_000,
    ...(user && { uid: user.uid, gid: user.gid }),
  })
  return { works: status === 0, output: error?.message ?? `${stdout}${stderr}`.trim() }
}
