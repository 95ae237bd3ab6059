export * from './circuit/index.ts'
export { TorError, type TorErrorCode } from './errors.ts'
export * from './link/index.ts'
export { connectTls } from './link/tls-node.ts'
