export type { Audit, AuditRecord } from './audit.ts'
export { type EmbeddedOptions, openEmbeddedVault } from './embedded-node.ts'
export { DEFAULT_LIMITS, type Limits } from './limits.ts'
export { createVaultServer, type VaultServer, type VaultServerOptions } from './vault-server.ts'
