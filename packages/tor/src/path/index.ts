/** Layer 4: which relays, and circuits through them. */
export { chooseRelay, type RelayRequest } from './choose.ts'
export { CircuitBuilder, type CircuitRequest } from './circuit-builder.ts'
export { areRelated } from './relation.ts'
