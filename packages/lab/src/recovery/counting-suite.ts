import type { Suite } from '@warren/reencryption'

/** The operations of the paper's Tables 1 and 2; of a decryption, the level too. */
export type Operation = 'KeyGen' | 'RKGen' | 'Split' | 'Enc' | `Dec^${number}` | 'ReEnc' | 'Reconstruct'
export type Tally = Partial<Record<Operation, number>>

const ORDER = ['KeyGen', 'RKGen', 'Split', 'Enc', 'Dec', 'ReEnc', 'Reconstruct']
const rank = (operation: string) => ORDER.indexOf(operation.split('^', 1)[0] as string)

/** The same suite; whatever is called, `did` is told which operation it was. */
export function countingSuite(suite: Suite, did: (operation: Operation) => void): Suite {
  return {
    ...suite,
    generateKeyPair: (...args) => {
      did('KeyGen')
      return suite.generateKeyPair(...args)
    },
    reencryptionKey: (...args) => {
      did('RKGen')
      return suite.reencryptionKey(...args)
    },
    encapsulate: (...args) => {
      did('Enc')
      return suite.encapsulate(...args)
    },
    reencrypt: (...args) => {
      did('ReEnc')
      return suite.reencrypt(...args)
    },
    reencryptAlong: (chain, ...args) => {
      for (const _ of chain) did('ReEnc')
      return suite.reencryptAlong(chain, ...args)
    },
    decapsulate: (secretKey, capsule, ...args) => {
      did(`Dec^${suite.levelOf(capsule)}`)
      return suite.decapsulate(secretKey, capsule, ...args)
    },
  }
}

export function addTo(tally: Tally, operation: Operation): void {
  tally[operation] = (tally[operation] ?? 0) + 1
}

/** `1 KeyGen + 1 RKGen`, in the order of the tables; `-` for none. */
export function tallyText(tally: Tally | undefined): string {
  const parts = Object.entries(tally ?? {})
    .toSorted(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .flatMap(([name, count]) => ((count ?? 0) > 0 ? [`${count} ${name}`] : []))
  return parts.join(' + ') || '-'
}
