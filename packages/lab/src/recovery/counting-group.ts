import type { CurveGroup, PairingGroup } from '@warren/primitives/pairing'

/** The operations that take the time: all others together are below a tenth of one of these. */
export interface OperationCount {
  pairings: number
  g1Multiplications: number
  g2Multiplications: number
  /** By the generators' tables. */
  tableMultiplications: number
  gtPowers: number
  hashesToG2: number
  decodedPoints: number
}

function noOperations(): OperationCount {
  return {
    pairings: 0,
    g1Multiplications: 0,
    g2Multiplications: 0,
    tableMultiplications: 0,
    gtPowers: 0,
    hashesToG2: 0,
    decodedPoints: 0,
  }
}

/** The group itself, and a tally of what it is asked for. `count` runs something and says what it took. */
export function countingGroup(group: PairingGroup): {
  group: PairingGroup
  count(work: () => unknown): OperationCount
} {
  let tally = noOperations()
  const counted = <A extends unknown[], R>(name: keyof OperationCount, work: (...args: A) => R) => {
    return (...args: A): R => {
      tally[name] += 1
      return work(...args)
    }
  }
  const { g1, g2, gt } = group
  const curve = <Point>(
    of: CurveGroup<Point>,
    name: 'g1Multiplications' | 'g2Multiplications',
  ): CurveGroup<Point> => ({
    ...of,
    multiply: counted(name, of.multiply),
    multiplyGenerator: counted('tableMultiplications', of.multiplyGenerator),
    decode: counted('decodedPoints', of.decode),
  })
  return {
    group: {
      ...group,
      g1: curve(g1, 'g1Multiplications'),
      g2: curve(g2, 'g2Multiplications'),
      gt: {
        ...gt,
        power: counted('gtPowers', gt.power),
        fixedBase: (base) => counted('gtPowers', gt.fixedBase(base)),
      },
      hashToG2: counted('hashesToG2', group.hashToG2),
      pair: counted('pairings', group.pair),
      pairProduct(pairs) {
        tally.pairings += pairs.length
        return group.pairProduct(pairs)
      },
    },
    count(work) {
      tally = noOperations()
      work()
      return { ...tally }
    },
  }
}
