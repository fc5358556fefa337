import type { ServerResponse } from 'node:http'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { IORedisInstrumentation } from '@opentelemetry/instrumentation-ioredis'
import { KoaInstrumentation, KoaLayerType } from '@opentelemetry/instrumentation-koa'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'

/** The four, set so that a trace tells the request, its route and its queries, and no values. */
export function instrumentations(): Instrumentation[] {
  return [
    new HttpInstrumentation({
      applyCustomAttributesOnSpan(span, _request, response) {
        if (!isServerResponse(response)) return
        const cacheStatus = response.getHeader('cache-status')
        if (cacheStatus !== undefined) span.setAttribute('meridian.cache.status', String(cacheStatus))
        // The status is then Koa's default of 404, or one that was never read.
        if (!response.writableFinished) span.setAttribute('meridian.request.aborted', true)
      },
    }),
    // Without the router's layer `http.route` is lost; with the others every middleware is a span.
    new KoaInstrumentation({ ignoreLayersType: [KoaLayerType.MIDDLEWARE] }),
    // Connect spans stay: without them queries go into other requests' traces when the pool is contended.
    new PgInstrumentation({ ignoreConnectSpans: false }),
    // The default serialiser exports keys, and the values of some commands.
    new IORedisInstrumentation({ dbStatementSerializer: (command) => command }),
  ]
}

function isServerResponse(response: object): response is ServerResponse {
  return 'getHeader' in response && 'writableFinished' in response
}
