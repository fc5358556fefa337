import type { EmbeddedServer } from '../../service/embedded/index.ts'

/** What global set-up started, for global tear-down. */
export const servers: { dataDir?: string; postgres?: EmbeddedServer; redis?: EmbeddedServer } = {}
