import type { Suite } from '@warren/reencryption'

/** The operations of the paper's Tables 1 and 2, as a client calls them. */
export interface Operations {
  KeyGen: number
  RKGen: number
  Enc: number
  Dec: number
}

export function noOperations(): Operations {
  return { KeyGen: 0, RKGen: 0, Enc: 0, Dec: 0 }
}

/** The same suite; every call is counted into whatever `count` gives at that moment. */
export function countingSuite(suite: Suite, count: () => Operations): Suite {
  return {
    ...suite,
    generateKeyPair: (...args) => {
      count().KeyGen++
      return suite.generateKeyPair(...args)
    },
    reencryptionKey: (...args) => {
      count().RKGen++
      return suite.reencryptionKey(...args)
    },
    encapsulate: (...args) => {
      count().Enc++
      return suite.encapsulate(...args)
    },
    decapsulate: (...args) => {
      count().Dec++
      return suite.decapsulate(...args)
    },
  }
}
