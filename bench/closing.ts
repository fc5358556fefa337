/** What was started, to be stopped in the opposite order: at the end, after a failure, and on Ctrl-C. */
export class Closing {
  readonly #tasks: (() => Promise<unknown>)[] = []

  add(task: () => Promise<unknown>): void {
    this.#tasks.unshift(task)
  }

  /** One that fails doesn't keep the others running. */
  async run(): Promise<void> {
    for (const task of this.#tasks.splice(0)) {
      await task().catch((error: unknown) => process.stderr.write(`not stopped cleanly: ${String(error)}\n`))
    }
  }
}
