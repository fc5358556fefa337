import { expect, test } from '@jest/globals'
import { KeptServer, type KeptServerOptions, type Life } from './kept-server.ts'
import { until } from './testing/harness.ts'

/** Lives that end when they are told to, and the notices. */
function kept(options: Partial<KeptServerOptions> = {}): {
  server: KeptServer
  lives: FakeLife[]
  notices: string[]
} {
  const lives = [new FakeLife()]
  const notices: string[] = []
  const server = new KeptServer({
    name: 'server',
    url: 'redis://:secret@127.0.0.1:1234',
    life: lives[0]!,
    again: async () => {
      lives.push(new FakeLife())
      return lives.at(-1)!
    },
    onNotice: (notice) => notices.push(notice),
    pauses: [0, 0, 0],
    ...options,
  })
  return { server, lives, notices }
}

class FakeLife implements Life {
  readonly shared = false
  ends = 0
  readonly #over = Promise.withResolvers<string>()
  readonly over = this.#over.promise

  die(): void {
    this.#over.resolve('has ended')
  }

  async end(): Promise<void> {
    this.ends += 1
    this.die()
  }
}

test('gives up a server that dies again and again as soon as it is started', async () => {
  const { server, lives, notices } = kept()
  for (const count of [1, 2, 3]) {
    lives.at(-1)!.die()
    await until('it is back', () => lives.length === count + 1)
  }
  lives.at(-1)!.die()
  await until('it is given up', () => notices.some((notice) => notice.includes(`can't be brought back`)))
  expect(lives).toHaveLength(4)
  await server.stop()
})

test('does not name the password', async () => {
  const { server, lives, notices } = kept({ again: () => Promise.reject(new Error('no')) })
  lives[0]!.die()
  await until('it is given up', () => notices.length === 5)
  expect(notices.join('\n')).not.toContain('secret')
  expect(notices[1]).toBe('no (attempt 1 of 3)')
  await server.stop()
})

test('is stopped at once within a pause', async () => {
  const { server, lives, notices } = kept({ pauses: [60_000] })
  lives[0]!.die()
  await until('it is noticed', () => notices.length === 1)
  await server.stop()
  expect(lives).toHaveLength(1)
})

test('ends the life that begins in the moment it is stopped', async () => {
  const begun = Promise.withResolvers<Life>()
  let asked = false
  const { server, lives, notices } = kept({
    again: () => {
      asked = true
      return begun.promise
    },
  })
  lives[0]!.die()
  await until('it is started again', () => asked)
  const stopped = server.stop()
  const late = new FakeLife()
  begun.resolve(late)
  await stopped
  expect(late.ends).toBe(1)
  expect(notices).toHaveLength(1)
})

test('stops once, and takes the end that it makes for no accident', async () => {
  const { server, lives, notices } = kept()
  await Promise.all([server.stop(), server.stop()])
  await server.stop()
  expect([lives[0]!.ends, lives.length, notices]).toEqual([1, 1, []])
})
