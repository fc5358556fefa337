import { Redis } from 'ioredis'
import { namespaceOf } from './key.ts'
import { parseRedisUrl } from './redis-url.ts'
import { StoreError, type Store } from './store.ts'

export interface RedisStoreOptions {
  /** `redis:` or `rediss:`, with user, password and database number where needed. */
  readonly url: string
  /** The namespace `clear()` empties: the same prefix as the cache's. */
  readonly prefix: string
  /** How long a read may take, in milliseconds, before it counts as a miss. Default 50. */
  readonly deadlineMs?: number | undefined
  /** How long one attempt to connect may take, in milliseconds. Default 2,000. */
  readonly connectTimeoutMs?: number | undefined
}

/** The bound of everything but a read: writes happen behind the response, and each SCAN step is one short command. */
const COMMAND_TIMEOUT_MS = 1_000
/** A connection that owes answers and is silent for so long is dropped, and with it whatever queued up behind it. */
const SILENT_CONNECTION_MS = 5_000
const MAX_RECONNECT_DELAY_MS = 2_000
const CLOSE_TIMEOUT_MS = 500
const SCAN_COUNT = 500

/**
 * A store over Redis that fails fast. It connects in the background and for ever, so a service starts, and goes on,
 * without Redis; until there is a connection each call rejects at once.
 *
 * @throws TypeError when `url` is not a Redis URL
 */
export function createRedisStore(options: RedisStoreOptions): Store {
  const { deadlineMs = 50, connectTimeoutMs = 2_000 } = options
  const { tls, ...address } = parseRedisUrl(options.url)
  const pattern = `${escapeGlob(namespaceOf(options.prefix))}:*`

  const redis = new Redis({
    ...address,
    ...(tls && { tls: {} }),
    connectTimeout: connectTimeoutMs,
    // Nothing waits for a connection: a queue would turn an outage into latency, and then into memory.
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // Bounds the handshake as well: a paused server accepts connections and says nothing.
    commandTimeout: Math.max(COMMAND_TIMEOUT_MS, deadlineMs),
    socketTimeout: SILENT_CONNECTION_MS,
    disconnectTimeout: CLOSE_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), MAX_RECONNECT_DELAY_MS),
    // After a failover the old primary is a replica; only a new connection finds the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })

  let lastConnectionError = 'not connected yet'
  // Without a listener ioredis prints each failed attempt; the cache reports changes of state instead.
  redis.on('error', (error: Error) => {
    lastConnectionError = messageOf(error)
  })
  redis.connect().catch(() => {})

  /** ioredis errors carry the command and its arguments (AUTH too), so only their message passes, and that redacted. */
  function messageOf(error: unknown): string {
    const { message = '', code = 'unknown error' } = error as { message?: string; code?: string }
    const text = message === '' ? code : message // Node's AggregateError of several addresses has no message
    return address.password === undefined ? text : text.replaceAll(address.password, '***')
  }

  function asStoreError(error: unknown): StoreError {
    if (error instanceof StoreError) return error
    const message = messageOf(error)
    if (message === 'Command timed out') return new StoreError('timeout', 'Redis did not answer in time')
    if (error instanceof Error && error.name === 'ReplyError') return new StoreError('refused', message)
    return new StoreError('unavailable', `No connection to Redis (${lastConnectionError})`)
  }

  async function ask<T>(command: () => Promise<T>, timeoutMs?: number): Promise<T> {
    // During the handshake ioredis lets some commands through, which would then wait; the answer is the same: not yet.
    if (redis.status !== 'ready') throw new StoreError('unavailable', `No connection to Redis (${lastConnectionError})`)
    try {
      return await (timeoutMs === undefined ? command() : withDeadline(command(), timeoutMs))
    } catch (error) {
      throw asStoreError(error)
    }
  }

  return {
    kind: 'redis',
    async get(key) {
      return (await ask(() => redis.getBuffer(key), deadlineMs)) ?? undefined
    },
    async set(key, value, ttlMs) {
      await ask(() => redis.set(key, value, 'PX', ttlMs))
    },
    async delete(key) {
      await ask(() => redis.unlink(key))
    },
    async clear() {
      // SCAN and UNLINK in steps: KEYS and FLUSH would stop, or empty, a server that others share.
      let removed = 0
      let cursor = '0'
      do {
        const [next, keys] = await ask(() => redis.scan(cursor, 'MATCH', pattern, 'COUNT', SCAN_COUNT))
        if (keys.length > 0) removed += await ask(() => redis.unlink(...keys))
        cursor = next
      } while (cursor !== '0')
      return removed
    },
    async ping() {
      await ask(() => redis.ping())
    },
    async close() {
      if (redis.status === 'ready') await withDeadline(redis.quit(), CLOSE_TIMEOUT_MS).catch(() => {})
      redis.disconnect()
    },
  }
}

/** `prefix` as SCAN's MATCH takes it literally. A namespace holds none of these today; a pattern must not rely on that. */
function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]^-]/g, '\\$&')
}

/**
 * When this process was too busy to look, the timer is due although the answer has arrived: what has come in is read
 * before the deadline falls (the poll phase of the event loop comes between its timers and its immediates).
 */
async function withDeadline<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    const fall = () => reject(new StoreError('timeout', `Redis did not answer within ${timeoutMs} ms`))
    timer = setTimeout(() => setImmediate(fall), timeoutMs)
  })
  try {
    return await Promise.race([promise, deadline])
  } finally {
    clearTimeout(timer)
  }
}
