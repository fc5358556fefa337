import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace'
import type { Sampler } from '@opentelemetry/sdk-trace'

/**
 * The sampler of OTEL_TRACES_SAMPLER and its _ARG. NodeSDK reads them too, but keeps its sampler to itself, and the
 * profiler must wrap it.
 */
export function configuredSampler(env: NodeJS.ProcessEnv, complain: (message: string) => void): Sampler {
  const name = env['OTEL_TRACES_SAMPLER']?.trim() ?? ''
  switch (name) {
    case '':
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() })
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() })
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio(env, complain)) })
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio(env, complain))
    default:
      complain(
        `Expected \`OTEL_TRACES_SAMPLER\` to be a standard sampler, got \`${name}\`; parentbased_always_on is used`,
      )
      return new ParentBasedSampler({ root: new AlwaysOnSampler() })
  }
}

function ratio(env: NodeJS.ProcessEnv, complain: (message: string) => void): number {
  const text = env['OTEL_TRACES_SAMPLER_ARG']?.trim() ?? ''
  if (text === '') return 1
  const value = Number(text)
  if (value >= 0 && value <= 1) return value
  complain(`Expected \`OTEL_TRACES_SAMPLER_ARG\` to be between 0 and 1, got \`${text}\`; 1 is used`)
  return 1
}
