export * from './certifier.ts'
export { checkContent, contentDigest, contentDigestOf, parseContentDigest } from './content-digest.ts'
export * from './device.ts'
export {
  CHAIN_LIMIT,
  certifyDevice,
  certifyPrimary,
  DEVICE_CHAIN_KIND,
  deviceChainCertifier,
} from './device-chain.ts'
export { IdentityError, type IdentityErrorCode } from './errors.ts'
export * from './http-signature.ts'
export { looksAlike, skeleton, skeletons } from './look-alike.ts'
export {
  type AccountName,
  accountName,
  checkAccountName,
  checkDeviceName,
  type DeviceName,
  deviceName,
  NAME_CHARACTERS_LIMIT,
} from './names.ts'
export { ReplayCache, type ReplayCacheOptions } from './replay-cache.ts'
export * from './safety-words.ts'
export {
  Signed,
  type SignedFormat,
  type Signer,
  signBytes,
  signDetached,
  softwareSigner,
  verifyDetached,
} from './signed.ts'
