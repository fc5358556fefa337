/** For Promise.race: resolves with undefined once the signal aborts. */
export async function whenAborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}
