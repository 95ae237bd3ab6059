export { PrivateServiceError } from './errors.ts'
export type { StateSealer, StateStore } from './state.ts'
