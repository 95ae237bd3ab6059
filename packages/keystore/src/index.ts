export { KeystoreError, type KeystoreErrorCode } from './errors.ts'
export { type Keystore, type KeystoreDescription, SECRET_LIMIT } from './keystore.ts'
export {
  changePassphrase,
  createPassphraseKeystore,
  openPassphraseKeystore,
  PASSPHRASE_HEADER_BYTES,
  type PassphraseOptions,
  passphraseSecret,
} from './passphrase.ts'
export { DEFAULT_COST, UNSAFE_TEST_COST } from './passphrase-cost.ts'
export { unsafeUnprotectedKeystoreUnderKey } from './unprotected.ts'
