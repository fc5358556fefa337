import { afterAll, expect, test } from '@jest/globals'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Lifeline, type LifelineOptions } from './lifeline.ts'
import { cleanUp, processesNaming, temporaryFolder, until } from './testing/harness.ts'

afterAll(cleanUp)

/** Scripts name the folder in their arguments, so that `processesNaming` finds them. */
function start(script: string, options: Partial<LifelineOptions> = {}): { lifeline: Lifeline; folder: string } {
  const folder = temporaryFolder()
  const args = ['-c', script, folder]
  const given = {
    command: '/bin/sh',
    args,
    cwd: folder,
    log: join(folder, 'log'),
    signal: 'TERM',
    user: undefined,
  } as const
  return { lifeline: new Lifeline({ ...given, ...options }), folder }
}

test('sends the signal when it is cut, and ends when the server has', async () => {
  const { lifeline, folder } = start(`trap 'echo bye; exit 3' TERM; echo here; while :; do sleep 0.05; done`)
  await until('it runs', () => lifeline.output() === 'here\n')
  expect(lifeline.ended).toBe(false)
  lifeline.cut()
  expect(await lifeline.endsWithin(5_000)).toBe(true)
  expect(lifeline.exitCode).toBe(3)
  expect(lifeline.output()).toBe('here\nbye\n')
  expect(processesNaming(folder)).toEqual([])
})

test('ends with its server, and leaves no watcher', async () => {
  const { lifeline, folder } = start('echo failed >&2; exit 7')
  expect(await lifeline.endsWithin(5_000)).toBe(true)
  expect(lifeline.exitCode).toBe(7)
  expect(lifeline.output()).toBe('failed\n')
  expect(processesNaming(folder)).toEqual([])
  expect(await lifeline.endsWithin(0)).toBe(true)
})

test('kills what does not heed the signal', async () => {
  const { lifeline, folder } = start(`trap '' TERM; echo here; while :; do sleep 0.05; done`)
  await until('it runs', () => lifeline.output() === 'here\n')
  lifeline.cut()
  expect(await lifeline.endsWithin(200)).toBe(false)
  lifeline.kill()
  expect(await lifeline.endsWithin(5_000)).toBe(true)
  lifeline.kill()
  await until('all of it is gone', () => processesNaming(folder).length === 0)
})

test('gives its server an environment of its own, and nothing to read', async () => {
  const { lifeline } = start('cat; env', { env: { EXTRA: 'given' } })
  await lifeline.endsWithin(5_000)
  const names = Array.from(lifeline.output().matchAll(/^(\w+)=/gm), ([, name]) => name)
  expect(new Set(names)).toEqual(new Set(['EXTRA', 'LANG', 'LC_ALL', 'PATH', 'PWD', 'TZ']))
})

test('replaces the log, and does not write through a link', async () => {
  const folder = temporaryFolder()
  const log = join(folder, 'log')
  const precious = join(folder, 'precious')
  writeFileSync(precious, 'kept')
  symlinkSync(precious, log)
  const { lifeline } = start('echo new', { log })
  await lifeline.endsWithin(5_000)
  expect(readFileSync(precious, 'utf8')).toBe('kept')
  expect(readFileSync(log, 'utf8')).toBe('new\n')
})

test('of two with one log, each reads what its own server wrote', async () => {
  const log = join(temporaryFolder(), 'log')
  const [one, two] = [start('echo one', { log }).lifeline, start('echo two', { log }).lifeline]
  await Promise.all([one.endsWithin(5_000), two.endsWithin(5_000)])
  expect([one.output(), two.output()]).toEqual(['one\n', 'two\n'])
})

test('reports a program that is not there, and a folder that is not', async () => {
  const missing = start('', { command: '/nowhere/server' }).lifeline
  await missing.endsWithin(5_000)
  expect(missing.output()).toMatch(/\/nowhere\/server.*not found|No such file/)
  const nowhere = start('', { cwd: '/nowhere' }).lifeline
  await nowhere.endsWithin(5_000)
  expect(nowhere.output()).toMatch(/ENOENT/)
})
