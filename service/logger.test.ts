import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from '@jest/globals'

const logger = fileURLToPath(new URL('./logger.ts', import.meta.url))

/** Runs statements with a logger in a process of their own: what counts is what reaches its stdout. */
function logOf(statements: string, pretty = false): string {
  const script = `import { createLogger } from ${JSON.stringify(logger)}
    const logger = createLogger({ level: 'info', pretty: ${pretty} })
    ${statements}`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  return stdout
}

test('redacts secrets wherever in a line they stand', () => {
  const log = logOf(`logger.info({
    password: 'hunter2', headers: { authorization: 'Bearer hunter2', cookie: 'hunter2', 'meridian-cache-bypass': 'hunter2' },
    config: { redis: { url: 'redis://:hunter2@host' }, tokens: { token: 'hunter2' } }, secret: 'hunter2', path: '/kept',
  }, 'a line')`)
  expect(log).not.toContain('hunter2')
  expect(JSON.parse(log)).toMatchObject({ level: 'info', path: '/kept', msg: 'a line', password: '[redacted]' })
})

test.each([false, true])('tells of a database error its kind and place, never the statement (pretty: %s)', (pretty) => {
  const log = logOf(
    `class UniqueConstraintViolationException extends Error {}
    const cause = Object.assign(new Error("insert into city values ('hunter2') - duplicate key"), { code: '23505' })
    logger.error({ err: Object.assign(new UniqueConstraintViolationException(cause.message), { code: '23505', cause }) }, 'failed')`,
    pretty,
  )
  expect(log).not.toMatch(/hunter2|insert into/)
  expect(log).toMatch(/UniqueConstraintViolationException/)
  expect(log).toMatch(/23505/)
  expect(log).toMatch(/ at /)
})

test('tells of any other error what it says and where', () => {
  expect(JSON.parse(logOf(`logger.error({ err: new RangeError('off by one') }, 'failed')`))).toMatchObject({
    err: { type: 'RangeError', message: 'off by one', stack: expect.stringContaining('at ') },
  })
})
