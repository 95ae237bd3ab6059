export { PrivateServiceError, unreachable } from './errors.ts'
export type { StateSealer, StateStore } from './state.ts'
