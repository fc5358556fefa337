import { readText } from './repository.ts'

export interface Instruction {
  readonly name: string
  readonly flags: Readonly<Record<string, string>>
  readonly value: string
}

/** The stages of the Dockerfile, each from its FROM on. No heredocs, no parser directives: it has neither. */
export function readStages(): Instruction[][] {
  const lines = readText('Dockerfile')
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
  const stages: Instruction[][] = []
  for (const line of lines.split('\n').filter((line) => line.trim() !== '')) {
    const [, name = '', flags = '', value = ''] = /^([A-Z]+)\s+((?:--\S+\s+)*)(.*)$/.exec(line) ?? []
    const pairs = flags.split(/\s+/).flatMap((flag) => /^--([\w-]+)=(.*)$/.exec(flag)?.slice(1, 3) ?? [])
    const instruction = { name, flags: Object.fromEntries(chunk(pairs)), value: value.trim() }
    if (name === 'FROM') stages.push([instruction])
    else stages.at(-1)?.push(instruction)
  }
  return stages
}

/** The values of an instruction in the stage that becomes the image. */
export function instructions(name: string): string[] {
  const image = readStages().at(-1) ?? []
  return image.filter((instruction) => instruction.name === name).map(({ value }) => value)
}

function chunk(pairs: readonly string[]): [string, string][] {
  return pairs.flatMap((key, index) => (index % 2 === 0 ? [[key, pairs[index + 1] ?? ''] as [string, string]] : []))
}

/** Whether .dockerignore keeps a path from the build: the last pattern that matches it, or a folder above it, decides. */
export function isIgnored(path: string): boolean {
  let ignored = false
  for (const line of readText('.dockerignore').split('\n')) {
    const pattern = line.trim()
    if (pattern === '' || pattern.startsWith('#')) continue
    if (matches(pattern.replace(/^!/, ''), path)) ignored = !pattern.startsWith('!')
  }
  return ignored
}

function matches(pattern: string, path: string): boolean {
  const source = pattern
    .split(/(\*\*\/|\*)/)
    .map((part) => (part === '**/' ? '(?:.*/)?' : part === '*' ? '[^/]*' : part.replaceAll('.', String.raw`\.`)))
    .join('')
  return new RegExp(`^${source}(?:/|$)`).test(path)
}
