declare const brand: unique symbol
/** 32 hexadecimal digits: random, so that it says nothing and can never be another's. */
export type BlobId = string & { readonly [brand]: 'blob' }

/** Bytes that are written once. One interface; backends pass test/server/blobs-conformance.ts. */
export interface Blobs {
  /**
   * Stores what `source` yields, durably before it resolves; gives its length. On any failure, the source's own
   * included, nothing is left under this id. Rejects with `vault/too-large` past `limitBytes`, `vault/disk-full`.
   */
  put(id: BlobId, source: AsyncIterable<Uint8Array>, limitBytes: number): Promise<number>
  /** `length` bytes from `offset` on, in pieces of bounded size. Rejects with `vault/not-found`. */
  read(id: BlobId, offset: number, length: number): AsyncIterable<Uint8Array>
  /** Deleting what is not there is no error. */
  delete(id: BlobId): Promise<void>
  /** Every blob, with the time it was written. */
  list(): AsyncIterable<{ id: BlobId; writtenMs: number }>
  close(): Promise<void>
}

export function blobIdFrom(bytes: Uint8Array): BlobId {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('') as BlobId
}
