#!/usr/bin/env node
// Plain JavaScript, so that a Node too old to read the rest can still say so.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 24 || (major === 24 && minor < 11)) {
  process.stderr.write(
    `meridian: expected Node 24.11 or newer, got ${process.versions.node}. On Linux (x64, arm64) npm ci brings it along: ` +
      'run this through npm (npm start, npm run meridian); npm rebuild mends it where scripts were off. Elsewhere install it ' +
      'from nodejs.org.\n',
  )
  process.exit(1)
}
const { run } = await import('../service/cli/index.ts')
await run(process.argv)
