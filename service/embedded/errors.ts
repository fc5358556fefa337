/** A server that Meridian brings along did not start. The message is one line for a person: what was found, where, what to do. */
export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError'

  constructor(message: string, options?: ErrorOptions) {
    super(message.replaceAll(/\s+/g, ' ').trim(), options)
  }
}

/** The same without the secret, should a server ever have printed it. */
export function redact(text: string, secret: string): string {
  return text.replaceAll(secret, '…')
}
