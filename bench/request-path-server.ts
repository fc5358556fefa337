import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import Koa from 'koa'
import { middlewaresOf, orders, type Observations, type OrderName } from './request-path-orders.ts'

// One order of the request path, or bare Koa, as a process of its own: `node request-path-server.ts ORDER`, forked.

/** Some 30 KB of JSON that compresses as place data does. */
const places = Array.from({ length: 200 }, (_, index) => ({
  id: 2_988_507 + index * 7_919,
  name: `Place ${(index * 2_654_435_761) % 4_294_967_296}`,
  latitude: ((index * 37) % 180) - 90 + 0.1234,
  longitude: ((index * 91) % 360) - 180 + 0.5678,
  country: 'FR',
  subdivision: `FR.${index % 18}`,
  timezone: 'Europe/Paris',
  population: (index * 104_729) % 2_000_000,
}))

/** What Koa alone can do at best: every body prepared, nothing decided but which of them. */
function bareKoa(): Koa.Middleware {
  const identity = Buffer.from(JSON.stringify({ items: places }))
  const gzip = gzipSync(identity)
  return (ctx) => {
    ctx.set('Vary', 'Accept-Encoding')
    ctx.set('ETag', 'W/"bare"')
    ctx.set('Cache-Control', 'public, max-age=3600')
    if (ctx.get('If-None-Match') !== '') {
      ctx.status = 304
      return
    }
    const compressed = ctx.get('Accept-Encoding') === 'gzip'
    ctx.body = compressed ? gzip : identity
    ctx.type = 'json'
    if (compressed) ctx.set('Content-Encoding', 'gzip')
  }
}

const observations: Observations = { compressedInVain: 0 }
const name = process.argv[2] ?? ''
const app = new Koa()
// The end of a load cuts connections with answers on the way, which Koa would print.
app.silent = true
if (name === 'bare') {
  app.use(bareKoa())
} else {
  if (!(name in orders)) throw new Error(`Expected an order, got ${name}`)
  for (const middleware of middlewaresOf(name as OrderName, observations)) app.use(middleware)
  app.use((ctx) => {
    ctx.body = { items: places }
  })
}

const server = createServer(app.callback()).listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('message', () => process.send?.(observations))
// The parent is gone, however it went.
process.on('disconnect', () => process.exit(0))
