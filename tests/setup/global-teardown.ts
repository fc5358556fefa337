import { rmSync } from 'node:fs'
import { servers } from './servers.ts'

export default async function globalTeardown(): Promise<void> {
  await servers.redis?.stop()
  await servers.postgres?.stop()
  if (servers.dataDir !== undefined) rmSync(servers.dataDir, { recursive: true, force: true })
}
