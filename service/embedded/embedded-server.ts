/** A server of this machine, reachable from this machine alone. */
export interface EmbeddedServer {
  /** With its password: not for logs. */
  readonly url: string
  /** Another process's: `stop` does nothing. */
  readonly shared: boolean
  /** Resolves when it is gone. May be called again. */
  stop(): Promise<void>
}
