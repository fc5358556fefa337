import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { findRedisServer } from '../../service/embedded/index.ts'

/** The Redis that the tests run against: the one on the PATH, or on Debian and as root one that is installed now. */
export function ensureRedisServer(): string {
  const installed = findRedisServer(process.env['PATH'] ?? '')
  if (installed !== undefined) return installed
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stderr.write('Installing redis-server, which the tests run against …\n')
    aptGet('update', '-qq')
    aptGet('install', '-y', '-qq', '--no-install-recommends', 'redis-server')
    const found = findRedisServer(process.env['PATH'] ?? '')
    if (found !== undefined) return found
  }
  throw new Error(
    [
      'The tests run against a real Redis: expected redis-server or valkey-server on the PATH, got neither. Install one:',
      '  Debian, Ubuntu:  sudo apt-get install -y --no-install-recommends redis-server',
      '  Fedora, RHEL:    sudo dnf install valkey',
      '  macOS:           brew install redis',
      'or, without root on Debian, put one from its package on the PATH:',
      '  apt-get download redis-tools redis-server libjemalloc2 liblzf1 && for f in *.deb; do dpkg-deb -x "$f" redis; done',
      '  export LD_LIBRARY_PATH="$(echo "$PWD"/redis/usr/lib/*-linux-gnu)" PATH="$PWD/redis/usr/bin:$PATH"',
    ].join('\n'),
  )
}

function aptGet(...args: string[]): void {
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}
