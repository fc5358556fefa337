/** A server of this machine, reachable from this machine alone. */
export interface EmbeddedServer {
  /** With its password: not for logs. It stays the same when the server is started again. */
  readonly url: string
  /** Another process's, as of now: should that end, the server is taken over. */
  readonly shared: boolean
  /** Resolves when it is gone; a shared one is only let go of. May be called again. */
  stop(): Promise<void>
}
