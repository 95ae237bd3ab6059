/** Layer 3: what the authorities say of the network, checked and kept fresh. */
export type { Authority } from './authority.ts'
export { type Consensus, type ConsensusRelay, parameter } from './consensus.ts'
export { Directory, type Relay } from './directory.ts'
export type { Microdesc } from './microdesc.ts'
export { type DirectoryResponse, directoryRequest } from './request.ts'
export { memoryStore, type TorStore } from './store.ts'
