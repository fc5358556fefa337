import autocannon from 'autocannon'

/** Answers that a load waits for, whatever its time: a slow route deserves a figure too. */
const leastAnswers = 10
/** Seconds that it waits at most. */
const patience = 15

export interface LoadOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly seconds: number
  readonly connections: number
  /** The only status that counts as an answer. */
  readonly status: 200 | 304
  /** What Cache-Status should say. */
  readonly cacheStatus?: RegExp
}

export interface Load {
  /** Responses a second. */
  readonly rate: number
  /** Milliseconds, one for each response; autocannon's own histogram knows whole milliseconds only. */
  readonly latencies: readonly number[]
  /** The share of responses whose Cache-Status said what it should: a busy service may find its store too slow. */
  readonly asMeant: number
}

/** Sends requests, one after the other on each connection. Rejects when any is not answered as expected. */
export async function load(options: LoadOptions): Promise<Load> {
  const { url, headers, seconds, connections, status, cacheStatus } = options
  const began = performance.now()
  const latencies: number[] = []
  const unexpected = new Map<number, number>()
  let last = began
  let meant = 0
  const run = autocannon({
    url,
    headers,
    connections,
    duration: patience,
    sampleInt: 10,
    timeout: patience,
    setupClient(client) {
      if (!cacheStatus) return
      client.on('headers', ({ headers }: { headers: readonly string[] }) => {
        const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'cache-status')
        if (cacheStatus.test(headers[at + 1] ?? '')) meant += 1
      })
    },
  })
  run.on('response', (_client: unknown, code: number, _bytes: number, ms: number) => {
    last = performance.now()
    if (code === status) latencies.push(ms)
    else unexpected.set(code, (unexpected.get(code) ?? 0) + 1)
    if (last - began >= seconds * 1_000 && latencies.length >= leastAnswers) run.stop()
  })
  const { errors, timeouts, resets } = await run
  if (errors + timeouts + resets + unexpected.size > 0 || latencies.length === 0) {
    const answers = JSON.stringify({ errors, timeouts, resets, ...Object.fromEntries(unexpected) })
    throw new Error(`Expected ${url} to answer ${status} and nothing else, got ${latencies.length} and ${answers}`)
  }
  return {
    rate: (latencies.length / (last - began)) * 1_000,
    latencies,
    asMeant: Math.min(1, meant / latencies.length),
  }
}
