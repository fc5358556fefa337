import { afterEach, expect, test } from '@jest/globals'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { request } from 'node:http'
import { CACHE_CHANNEL, createMemoryStore, StoreError, type Store } from './index.ts'
import { serveX, until, type CountedApp } from './testing/app.ts'

let app: CountedApp
afterEach(() => app.close())

const withStore = (store: Store) => serveX(undefined, {}, { store })
const storeEvents = () => app.events.filter((event) => event.type === 'store-down' || event.type === 'store-up')

test('what an aborted client was to get is not stored, whether the handler fails or not', async () => {
  for (const outcome of ['answer', 'failure'] as const) {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    let serverClosed = false
    app = await serveX(async (ctx, call) => {
      if (call > 1) return
      ctx.res.once('close', () => {
        serverClosed = true
      })
      await gate
      if (outcome === 'failure') throw new Error('half done')
    })
    const client = request(`${app.url}/x`, { agent: false })
    const gone = once(client, 'error')
    client.end()
    await until('the handler runs', () => app.calls === 1)
    client.destroy()
    await gone
    await until('the server knows', () => serverClosed)
    release()
    await until('the request is over', () => app.events.length > 0)
    expect(app.events[0]).toMatchObject({
      result: 'uri-miss',
      stored: false,
      detail: outcome === 'answer' ? 'aborted' : 'handler-error',
    })
    expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; stored')
    if (outcome === 'answer') await app.close()
  }
})

test('pending writes are bounded: what exceeds them is dropped, counted, and not called stored', async () => {
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  app = await withStore({ ...createMemoryStore({ maxBytes: 1 }), set: () => gate })
  for (let number = 0; number < 256; number += 1) await app.get('/x')
  expect(app.cache.stats().writesPending).toBe(256)
  expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; detail=busy')
  expect(app.cache.stats().writesDropped).toBe(1)
  release()
  await until('the writes have ended', () => app.cache.stats().writesPending === 0)
  expect(await app.status('/x')).toBe('meridian; fwd=uri-miss; stored')
})

test('closing waits for pending writes', async () => {
  let written = false
  app = await withStore({
    ...createMemoryStore({ maxBytes: 1 }),
    async set() {
      await new Promise((resolve) => {
        setTimeout(resolve, 50)
      })
      written = true
    },
  })
  await app.get('/x')
  expect(written).toBe(false)
  await app.cache.close()
  expect(written).toBe(true)
})

test('a store that throws, of whatever kind, is a miss; a change of state is one event', async () => {
  let failing = true
  const memory = createMemoryStore({ maxBytes: 100_000 })
  app = await withStore({
    ...memory,
    async get(key) {
      if (failing) throw new StoreError('timeout', 'too slow')
      return memory.get(key)
    },
  })
  await Promise.all(Array.from({ length: 10 }, () => app.get('/x')))
  failing = false
  await app.get('/x')
  expect(await app.status('/x')).toMatch(/hit/)
  expect(storeEvents()).toEqual([
    { type: 'store-down', store: 'memory', operation: 'read', error: 'too slow' },
    { type: 'store-up', store: 'memory' },
  ])
})

test('events reach the diagnostics channel, and a listener that throws hurts no request', async () => {
  const heard: unknown[] = []
  const listen = (event: unknown) => void heard.push(event)
  subscribe(CACHE_CHANNEL, listen)
  const onEvent = () => {
    throw new Error('listener')
  }
  app = await serveX(undefined, {}, { onEvent })
  expect((await app.get('/x')).status).toBe(200)
  await until('the write is over', () => heard.length === 2)
  unsubscribe(CACHE_CHANNEL, listen)
  expect(heard).toMatchObject([{ type: 'request' }, { type: 'write', result: 'ok' }])
  expect(app.cache.stats().listenerFaults).toBe(2)
})

test('a store known to fail gets one write at a time, and no entry is promised on it', async () => {
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  app = await withStore({
    ...createMemoryStore({ maxBytes: 1 }),
    get: () => Promise.reject(new StoreError('unavailable', 'gone')),
    set: () => gate,
  })
  await app.get('/x')
  for (let number = 0; number < 3; number += 1) {
    expect(await app.status('/x', { 'Cache-Control': 'no-cache' })).toBe('meridian; fwd=request; detail=store-error')
  }
  expect(app.cache.stats().writesPending).toBe(1)
  release()
})
