/** What may be imported as an ES module, and must then pass the loader hook to be patched; all else loads untouched. */
export const INSTRUMENTED_MODULES = ['http', 'https', 'koa', 'pg', 'pg-pool', 'ioredis']
