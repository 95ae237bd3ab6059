import type { Secret } from '@warren/primitives/secret'

// §5.4: "We use hardware-protected keys for traditional cryptographic schemes to wrap our MU-PRE key material before
// storing them … This MU-PRE key material is temporarily unwrapped for individual operations."

/** What a keystore is, for `warren status` and for the person who decides whether it is enough. */
export interface KeystoreDescription {
  /** Stable: `passphrase`, `unprotected`; later `tpm2`, `pkcs11`, `os-keyring`, `webauthn-prf`, `webcrypto`. */
  readonly kind: string
  /** True only if the sealing key cannot leave a chip. */
  readonly hardware: boolean
  /** One or two sentences: what protects the keys, and from whom it does not. */
  readonly note: string
}

/**
 * Seals the secrets of one device. A keystore, in hardware too, does no pairing arithmetic: it seals the re-encryption
 * key, which is in this process's memory while it is used. A signing key may stay in hardware for good, because hardware
 * does know signatures: that is `Signer` of `@warren/identity`, not this interface.
 *
 * Sealing is for small secrets (≤ 64 KiB) and is randomised: the same secret sealed twice gives two blobs.
 */
export interface Keystore {
  /** `label` says what the secret is for (1 … 255 bytes of UTF-8); it is authenticated, and not stored in the blob. */
  seal(label: string, secret: Secret): Promise<Uint8Array>
  /** Throws KeystoreError `keystore/does-not-open` unless this keystore sealed these bytes under this label. */
  unseal(label: string, sealed: Uint8Array): Promise<Secret>
  describe(): KeystoreDescription
  /** Forgets its keys; whatever is called later throws `keystore/closed`. May be called twice. */
  close(): void
}

export const SECRET_LIMIT = 64 * 1024
