import { Listr, PRESET_TIMER } from 'listr2'
import type { RunSteps } from './places/index.ts'

export interface ProgressOptions {
  /** A terminal gets a live display, anything else a line for each step. */
  readonly terminal: boolean
  readonly writeLine: (line: string) => void
}

/** Runs the steps of an import one after the other, and shows how far it is. */
export function showProgress({ terminal, writeLine }: ProgressOptions): RunSteps {
  if (!terminal) {
    return async (steps) => {
      for (const [index, step] of steps.entries()) {
        writeLine(`import ${index + 1}/${steps.length}: ${step.title}: ${await step.run()}`)
      }
    }
  }
  return async (steps) => {
    const tasks = steps.map(({ title, run }) => ({
      title,
      task: async (_: unknown, task: { title: string }) => {
        task.title = `${title}: ${await run()}`
      },
    }))
    await new Listr(tasks, { rendererOptions: { timer: PRESET_TIMER } }).run()
  }
}
