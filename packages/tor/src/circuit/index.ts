/** Layer 2: circuits through relays, and the streams in them. */
export { END_REASON } from './begin.ts'
export { Circuit, createCircuit, createFastCircuit } from './circuit.ts'
export type { IncomingStream } from './circuit-streams.ts'
export { type Hop, hopOf, linkSpecifiers } from './hop.ts'
export { type HopKeys, RelayCrypto } from './relay-crypto.ts'
export { RELAY } from './relay-message.ts'
export type { TorStream } from './stream.ts'
