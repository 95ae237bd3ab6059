export {
  connectPrivateService,
  createPrivateClient,
  type PrivateClient,
  type PrivateClientOptions,
} from './client.ts'
export type { ClientId } from './client-key.ts'
export { PrivateServiceError, type PrivateServiceErrorCode } from './errors.ts'
export { COMMON_GROUP, groupName, MOST_GROUPS } from './introduction-group.ts'
export { DEFAULT_DELAY, type PublicationDelay } from './publication.ts'
export {
  type ClientSummary,
  createPrivateService,
  type PrivateConnection,
  type PrivateService,
  type PrivateServiceOptions,
  type PrivateServiceStatus,
} from './service.ts'
export type { StateSealer, StateStore } from './state.ts'
