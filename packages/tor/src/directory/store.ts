/** Keeps what a client has learnt between runs: certificates, consensus, microdescriptors, guards. */
export interface TorStore {
  /** `undefined` where nothing is kept under the name. */
  read(name: StoredName): Promise<Uint8Array | undefined>
  /** Replaces what was kept, wholly or not at all. */
  write(name: StoredName, bytes: Uint8Array): Promise<void>
}

export type StoredName = 'certificates' | 'consensus' | 'microdescriptors' | 'guards'

/** Forgets with the process: for tests, and for clients that must leave no trace. Guards then change with every run. */
export function memoryStore(): TorStore {
  const kept = new Map<StoredName, Uint8Array>()
  return {
    read: (name) => Promise.resolve(kept.get(name)),
    write(name, bytes) {
      kept.set(name, Uint8Array.from(bytes))
      return Promise.resolve()
    },
  }
}
