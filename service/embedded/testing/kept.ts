import { expect } from '@jest/globals'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startPostgres, type EmbeddedServer } from '../index.ts'
import { folderWithCluster, processesNaming } from './harness.ts'

export interface Kept {
  readonly dataDir: string
  readonly place: { readonly dataDir: string; readonly dataDirIsDefault: boolean }
  readonly server: EmbeddedServer
  readonly address: string
  readonly notices: string[]
}

/** The listener is told of every notice in the moment it comes. */
export async function keep(place: Kept['place'], listener: (notice: string) => void = () => {}): Promise<Kept> {
  const notices: string[] = []
  const onNotice = (notice: string): void => {
    notices.push(notice)
    listener(notice)
  }
  const server = await startPostgres({ ...place, onNotice })
  return { dataDir: place.dataDir, place, server, address: new URL(server.url).host, notices }
}

export const newPlace = async (): Promise<Kept['place']> => ({
  dataDir: await folderWithCluster(),
  dataDirIsDefault: false,
})

export function expectNothingLeft(dataDir: string): void {
  expect(processesNaming(dataDir)).toEqual([])
  expect(existsSync(join(dataDir, 'postgres/data/postmaster.pid'))).toBe(false)
}
