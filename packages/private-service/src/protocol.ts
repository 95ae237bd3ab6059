/** The protocol without input and output: what the service runs, the lab attacks and the benchmarks measure. */

export { type Admission, admit, type Silence } from './admission.ts'
export { clientDescriptor, openClientDescriptor } from './client-descriptor.ts'
export {
  type ClientId,
  type ClientKey,
  type Credential,
  decodeCredential,
  encodeCredential,
  generateClientKey,
} from './client-key.ts'
export { COMMON_GROUP, IntroductionGroup, IntroductionGroups } from './introduction-group.ts'
export { clientPeriodKeys, type PeriodKeys, servicePeriodKeys } from './period-keys.ts'
export {
  DEFAULT_DELAY,
  momentInOverlap,
  type PublicationDelay,
  planUploads,
  type Upload,
  UploadCalendar,
  unsafePlanAsInPaper,
} from './publication.ts'
export { RequestLimit } from './request-limit.ts'
export { Roster } from './roster.ts'
