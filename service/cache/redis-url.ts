/** What of a Redis URL a connection needs. */
export interface RedisAddress {
  readonly host: string
  readonly port: number
  readonly username?: string
  readonly password?: string
  readonly db: number
  readonly tls: boolean
}

/**
 * Parsed here rather than by ioredis, which lets a URL's query string override the fail-fast options.
 *
 * @throws TypeError on anything but `redis:` and `rediss:`; the message leaves the URL out, for it may hold a password
 */
export function parseRedisUrl(text: string): RedisAddress {
  const url = URL.parse(text)
  const tls = url?.protocol === 'rediss:'
  if (url === null || (!tls && url.protocol !== 'redis:')) {
    throw new TypeError('Expected `url` to be a redis: or rediss: URL such as redis://127.0.0.1:6379')
  }
  const path = url.pathname.replace(/^\//, '')
  if (!/^\d*$/.test(path)) throw new TypeError('Expected the path of `url` to be a database number such as /0')
  return {
    host: url.hostname.replace(/^\[|\]$/g, '') || '127.0.0.1',
    port: url.port === '' ? 6379 : Number(url.port),
    ...(url.username !== '' && { username: decoded(url.username) }),
    ...(url.password !== '' && { password: decoded(url.password) }),
    db: Number(path),
    tls,
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part // a bare % in a password: taken as it stands
  }
}
