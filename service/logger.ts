import { trace } from '@opentelemetry/api'
import { pino, stdSerializers, type Logger } from 'pino'
import { PinoPretty } from 'pino-pretty'
import { describeDatabaseError } from './database-errors.ts'

export type { Logger } from 'pino'

export interface LoggerOptions {
  readonly level: string
  /** A terminal gets coloured lines, anything else JSON. */
  readonly pretty: boolean
}

const secrets = [
  'authorization',
  'cookie',
  '["set-cookie"]',
  '["meridian-cache-bypass"]',
  'password',
  'token',
  'secret',
  'url',
]

/** Fields that the message of their line tells already: for machines, not for a terminal. */
const toldInWords =
  'trace_id,span_id,address,method,path,route,status,aborted,durationMs,queries,queryMs,distinctQueries,poolWaitMs,cache'

/** Lines bear the trace and span that they were written in. Secrets are redacted, and SQL is never logged. */
export function createLogger({ level, pretty }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    redact: { paths: secrets.flatMap((name) => pathsOf(name)), censor: '[redacted]' },
    serializers: { err: serializeError },
    mixin() {
      const context = trace.getActiveSpan()?.spanContext()
      return context ? { trace_id: context.traceId, span_id: context.spanId } : {}
    },
    formatters: { level: (label: string) => ({ level: label }) },
  }
  if (!pretty) return pino(options, pino.destination({ dest: 1, sync: true }))
  const stream = PinoPretty({ sync: true, translateTime: 'SYS:HH:MM:ss', ignore: toldInWords })
  return pino(options, stream)
}

function pathsOf(name: string): string[] {
  const inner = name.startsWith('[') ? name : `.${name}`
  return [name, `*${inner}`, `*.*${inner}`]
}

/** A driver's message holds the statement with its values: of a database error only its kind and place are told. */
function serializeError(error: Error) {
  const described = describeDatabaseError(error)
  if (!described) return stdSerializers.err(error)
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? []
  return { ...described, stack: [`${described.type}: ${described.message}`, ...frames].join('\n') }
}
