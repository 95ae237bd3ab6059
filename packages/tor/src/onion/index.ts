/** Layer 5: onion services version 3. First what a client, a service and a directory compute, then who runs it. */
export { type Circuit, END_REASON, type IncomingStream, type TorStream } from '../circuit/index.ts'
export { TorError } from '../errors.ts'
export { onionAddress, parseOnionAddress } from './address.ts'
export {
  type BlindedKeyPair,
  blindingFactor,
  blindKeyPair,
  blindPublicKey,
  signWithBlindedKey,
  subcredential,
} from './blinding.ts'
export {
  AUTH_CLIENT_MULTIPLE,
  type AuthClient,
  authoriseClient,
  DESCRIPTOR_COOKIE_BYTES,
  fakeAuthClient,
  findDescriptorCookie,
} from './client-authorisation.ts'
export { OnionConnector, type OnionTarget, type ServiceKeys } from './connect.ts'
export {
  type DescriptorContent,
  decodeDescriptor,
  encodeDescriptor,
  type MiddleDescriptor,
  type OuterDescriptor,
  openInnerLayer,
  openMiddleLayer,
  type SignedDescriptor,
} from './descriptor.ts'
export { fetchDescriptor, uploadDescriptor } from './descriptor-transfer.ts'
export { decodeEstablishIntro, type EstablishIntro, encodeEstablishIntro } from './establish-intro.ts'
export {
  type ClientHandshake,
  generateX25519,
  type IntroductionTarget,
  type KeyPair,
  type OpenedIntroduction,
  openIntroduction,
  type RendezvousKeys,
  startHandshake,
} from './hs-ntor.ts'
export {
  DEFAULT_RING_PARAMETERS,
  disasterSharedRandom,
  fetchEpoch,
  type HsdirRing,
  hsdirRing,
  type RingEpoch,
  type RingParameters,
  responsibleDirectories,
  type SharedRandomValues,
  storeEpochs,
} from './hsdir-ring.ts'
export {
  decodeIntroduce2,
  decodeIntroductionPlaintext,
  encodeGarbageIntroduce1,
  encodeIntroduce1,
  INTRODUCE_STATUS,
  type Introduce2,
  type IntroductionPlaintext,
} from './introduce.ts'
export {
  descriptorPoint,
  type EstablishedPoint,
  establishedPoint,
  generateIntroductionKeys,
  type IntroductionKeys,
} from './introduction-keys.ts'
export type { IntroductionPoint } from './introduction-point.ts'
export { IntroductionPool } from './introduction-pool.ts'
export {
  directoriesFor,
  networkSeconds,
  type OnionConsensus,
  type OnionNetwork,
  type OnionRelay,
} from './network.ts'
export {
  type ConsensusTimes,
  isBetweenPeriodAndSharedRandom,
  neighbourPeriod,
  periodLengthMinutes,
  periodStartSeconds,
  sharedRandomRunSeconds,
  sharedRandomRunStartSeconds,
  type TimePeriod,
  timePeriod,
} from './period.ts'
export { type Publication, Publisher, refreshPauseMs, type UploadPlan } from './publisher.ts'
export { joinRendezvous } from './rendezvous-service.ts'
export { ReplayCache } from './replay-cache.ts'
export { nextRevision } from './revision-counter.ts'
export { createOnionService, type OnionService, type OnionServiceOptions } from './service.ts'
export { addressTarget } from './target.ts'
export { Vanguards } from './vanguards.ts'
