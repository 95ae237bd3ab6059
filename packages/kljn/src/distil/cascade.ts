import { shuffle } from '@warren/primitives/rng'
import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import { KljnError } from '../errors.ts'
import { checkRange } from '../range.ts'
import type { Bits } from './bits.ts'

/** Positions `from` … `to` − 1 of the key as pass number `pass` has shuffled it. */
export interface ParityQuestion {
  pass: number
  from: number
  to: number
}

export interface CascadeOptions {
  /** The error rate that is expected; the first blocks have about 0.73/rate bits (Brassard and Salvail 1994). */
  errorRate: number
  passes?: number
}

/** What both sides agree on: the order of the bits in every pass. Public, from a public seed. */
export function cascadeOrders(length: number, passes: number, publicSeed: string): Uint32Array[] {
  checkRange('passes', passes, { unit: '', min: 1, max: 64, whole: true })
  const rng = unsafeSeededRng(`cascade/${publicSeed}`) // no secret hangs on it: Eve knows the orders too
  return Array.from({ length: passes }, (_, pass) => {
    const order = Array.from({ length }, (__, i) => i)
    return Uint32Array.from(pass === 0 ? order : shuffle(rng, order))
  })
}

/** Alice's side: answers questions about her key. Throws KljnError `kljn/protocol` for one outside it. */
export function answerParities(
  key: Bits,
  orders: readonly Uint32Array[],
  questions: readonly ParityQuestion[],
): Bits {
  return Uint8Array.from(questions, ({ pass, from, to }) => {
    const order = orders[pass]
    if (order === undefined || !(from >= 0 && from < to && to <= key.length))
      throw new KljnError('kljn/protocol', `cascade: there is no block ${from}…${to} in pass ${pass}`)
    return parityOf(key, order, from, to)
  })
}

function parityOf(key: Bits, order: Uint32Array, from: number, to: number): number {
  let parity = 0
  for (let i = from; i < to; i++) parity ^= key[order[i] as number] as number
  return parity
}

export interface CascadeResult {
  /** Bob's key after correction. */
  key: Bits
  corrected: number
  /** Parities of Alice's key that went over the public channel: each is one bit for Eve. */
  parities: number
  rounds: number
}

/**
 * Bob's side of Cascade (Brassard and Salvail 1994). `ask` carries a batch of questions to Alice and brings her
 * parities back. A parity that follows from earlier ones is never asked again. What differs after the last pass is
 * found by the verification that follows, not here.
 */
export async function cascade(
  received: Bits,
  orders: readonly Uint32Array[],
  options: CascadeOptions,
  ask: (questions: readonly ParityQuestion[]) => Promise<Bits>,
): Promise<CascadeResult> {
  const { errorRate } = options
  checkRange('errorRate', errorRate, { unit: '', min: 0, lessThan: 0.5 })
  const key = Uint8Array.from(received)
  const n = key.length
  const blockSizes = orders.map((_, pass) =>
    Math.min(n, Math.max(2, Math.ceil(0.73 / Math.max(errorRate, 1 / Math.max(n, 1)))) * 2 ** pass),
  )
  const known = new Map<string, number>()
  const name = (q: ParityQuestion) => `${q.pass}/${q.from}/${q.to}`
  let parities = 0
  let rounds = 0
  let corrected = 0

  /** Alice's parities, from memory where they follow from what she has said. */
  const learn = async (questions: readonly ParityQuestion[]): Promise<void> => {
    const open = questions.filter((q) => !known.has(name(q)))
    if (open.length === 0) return
    const answers = await ask(open)
    if (answers.length !== open.length)
      throw new KljnError('kljn/protocol', `cascade: asked ${open.length} parities, got ${answers.length}`)
    open.forEach((q, i) => known.set(name(q), answers[i] as number))
    parities += open.length
    rounds++
  }
  const isOdd = (q: ParityQuestion) =>
    (known.get(name(q)) as number) !== parityOf(key, orders[q.pass] as Uint32Array, q.from, q.to)

  const blocks: ParityQuestion[][] = []
  for (let pass = 0; pass < orders.length; pass++) {
    const size = blockSizes[pass] as number
    const own: ParityQuestion[] = []
    for (let from = 0; from < n; from += size) own.push({ pass, from, to: Math.min(n, from + size) })
    blocks.push(own)
    await learn(own)
    // A correction in this pass turns blocks of earlier passes odd again: the cascade. The blocks of one pass are
    // disjoint, so they are searched side by side.
    for (;;) {
      const odd = blocks.map((list) => list.filter(isOdd)).find((list) => list.length > 0)
      if (odd === undefined) break
      corrected += await searchAll(odd)
    }
  }
  return { key, corrected, parities, rounds }

  /** Halves every odd block until one wrong bit is left in each, and turns it. */
  async function searchAll(odd: readonly ParityQuestion[]): Promise<number> {
    let active = [...odd]
    let turned = 0
    while (active.length > 0) {
      const halves = active
        .filter((q) => q.to - q.from > 1)
        .map((q) => ({ pass: q.pass, from: q.from, to: (q.from + q.to) >>> 1 }))
      await learn(halves)
      active = active.flatMap((q) => {
        if (q.to - q.from === 1) {
          const at = (orders[q.pass] as Uint32Array)[q.from] as number
          key[at] = 1 - (key[at] as number)
          turned++
          return []
        }
        const middle = (q.from + q.to) >>> 1
        const left = { pass: q.pass, from: q.from, to: middle }
        const right = { pass: q.pass, from: middle, to: q.to }
        known.set(name(right), (known.get(name(q)) as number) ^ (known.get(name(left)) as number))
        return [isOdd(left) ? left : right]
      })
    }
    return turned
  }
}
