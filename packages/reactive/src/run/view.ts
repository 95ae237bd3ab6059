import { ReactiveError } from '../errors.ts'
import type { Output } from '../model/machine.ts'
import { Polynomial } from '../model/polynomial.ts'
import { Uniformity } from './counting.ts'

/**
 * One step of a machine in its view: (name, s, cut input, s′, output). Counters are left out of the states: a counter
 * is a function of the view before it, so that no distance depends on it.
 */
export interface Entry {
  readonly machine: string
  readonly from: string
  readonly port: string
  readonly message: string
  readonly to: string
  readonly output: Output
}

/** The number of steps that the observed machine does not see. */
export const NOT_SEEN = -1

function keyOf(entry: Entry): string {
  return JSON.stringify([
    entry.from,
    entry.port,
    entry.message,
    entry.to,
    entry.output.send,
    entry.output.clock,
  ])
}

/** Numbers for entries, shared by the programs whose views are compared. */
export class Entries {
  readonly #all: Entry[] = []
  readonly #numbers = new Map<string, number>()

  number(entry: Entry): number {
    const key = keyOf(entry)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.#all.length)
    this.#all.push(entry)
    return this.#all.length - 1
  }

  get(number: number): Entry {
    return this.#all[number] as Entry
  }

  get size(): number {
    return this.#all.length
  }

  /** `adv? ping → in! ping, in◁! 1`, with states where they are not null. */
  format(number: number): string {
    const { from, port, message, to, output } = this.get(number)
    const sent = [
      ...output.send.map(([name, text]) => `${name}! ${text}`),
      ...output.clock.map(([name, index]) => `${name}◁! ${index}`),
    ]
    const states = from === 'null' && to === 'null' ? '' : ` [${from} → ${to}]`
    return `${port} ${message}${sent.length === 0 ? '' : ` → ${sent.join(', ')}`}${states}`
  }
}

/** A stretch of a view: entries, repeated. `times` is null when they repeat for ever. */
export interface Block {
  readonly entries: readonly number[]
  readonly times: Polynomial | null
  /** Steps of the whole run before this block, and in one repetition of it. */
  readonly runStart: Polynomial
  readonly runPeriod: number
  /** Steps of the run, inside one repetition, up to and with each entry. */
  readonly runOffsets: readonly number[]
}

/** The view of a run without random choices, run-length encoded; it may be infinite. */
export class View {
  readonly blocks: readonly Block[]
  readonly entries: Entries

  constructor(blocks: readonly Block[], entries: Entries) {
    this.blocks = blocks.filter((block) => block.entries.length > 0)
    this.entries = entries
  }

  /** The number of entries, in 2^k where the run was for all k; null when infinite. */
  get length(): Polynomial | null {
    let sum = Polynomial.ZERO
    for (const { entries, times } of this.blocks) {
      if (times === null) return null
      sum = sum.plus(times.times(BigInt(entries.length)))
    }
    return sum
  }

  /** A line per entry, a repeated stretch once with its count. */
  toString(): string {
    return this.blocks
      .map(({ entries, times }) => {
        const text = entries.map((e) => this.entries.format(e)).join('; ')
        if (times === null) return `(${text}) for ever`
        return times.equals(Polynomial.ONE) ? text : `(${text}) × ${times.format('2^k')}`
      })
      .join('\n')
  }
}

/** Where two views part: they are equal, or the number (from 1) of the first entry that differs or is missing. */
export type Comparison =
  | { readonly equal: true }
  | {
      readonly equal: false
      readonly index: Polynomial
      /** Steps of each run up to the entry that differs; null where the view had ended. */
      readonly runSteps: readonly [Polynomial | null, Polynomial | null]
      readonly entries: readonly [number | null, number | null]
    }

class Cursor {
  readonly #blocks: readonly Block[]
  readonly #uniformity: Uniformity
  #at = 0
  /** Entries of the current block already passed, and that number modulo the length of its period. */
  #passed = Polynomial.ZERO
  #phase = 0

  constructor(view: View, uniformity: Uniformity) {
    this.#blocks = view.blocks
    this.#uniformity = uniformity
  }

  get block(): Block | undefined {
    return this.#blocks[this.#at]
  }

  /** Entries left in the block; null for infinitely many. */
  left(block: Block): Polynomial | null {
    return block.times === null ? null : block.times.times(BigInt(block.entries.length)).minus(this.#passed)
  }

  entry(block: Block, ahead: number): number {
    return block.entries[(this.#phase + ahead) % block.entries.length] as number
  }

  /** Steps of the run up to and with the entry that is `ahead` of here. */
  runSteps(block: Block, ahead: number): Polynomial {
    const position = this.#passed.plus(BigInt(ahead))
    const period = block.entries.length
    const place = (this.#phase + ahead) % period
    const rounds = this.#uniformity.floorDivide(position.minus(BigInt(place)), period)
    return block.runStart
      .plus(rounds.times(BigInt(block.runPeriod)))
      .plus(BigInt(block.runOffsets[place] as number))
  }

  advance(block: Block, by: Polynomial, whole: boolean): void {
    if (whole) {
      this.#at++
      this.#passed = Polynomial.ZERO
      this.#phase = 0
      return
    }
    const period = block.entries.length
    const rounds = this.#uniformity.floorDivide(by, period)
    const rest = by.minus(rounds.times(BigInt(period)))
    this.#passed = this.#passed.plus(by)
    this.#phase = (this.#phase + Number(rest.coefficient(0).numerator)) % period
  }
}

/**
 * Compares two views entry by entry without writing them out: two periodic stretches that agree for the sum of their
 * periods agree for ever (Fine and Wilf). Views over all k give an index in 2^k; `uniformity` collects from which k.
 */
export function compareViews(
  first: View,
  second: View,
  uniformity: Uniformity = new Uniformity(),
): Comparison {
  if (first.entries !== second.entries)
    throw new ReactiveError(
      'reactive/state',
      'two views are compared only when their programs share their entries',
    )
  const a = new Cursor(first, uniformity)
  const b = new Cursor(second, uniformity)
  let passed = Polynomial.ZERO
  for (;;) {
    const [left, right] = [a.block, b.block]
    if (left === undefined && right === undefined) return { equal: true }
    const differ = (ahead: number): Comparison => ({
      equal: false,
      index: passed.plus(BigInt(ahead + 1)),
      runSteps: [
        left === undefined ? null : a.runSteps(left, ahead),
        right === undefined ? null : b.runSteps(right, ahead),
      ],
      entries: [
        left === undefined ? null : a.entry(left, ahead),
        right === undefined ? null : b.entry(right, ahead),
      ],
    })
    if (left === undefined || right === undefined) return differ(0)
    const [more, other] = [a.left(left), b.left(right)]
    const aIsShorter = more !== null && (other === null || !uniformity.isPositive(more.minus(other)))
    const shorter = aIsShorter ? more : other
    const enough = left.entries.length + right.entries.length
    for (let i = 0; i < enough; i++) {
      if (shorter !== null && !uniformity.isPositive(shorter.minus(BigInt(i)))) break
      if (a.entry(left, i) !== b.entry(right, i)) return differ(i)
    }
    if (shorter === null) return { equal: true }
    a.advance(left, shorter, more?.equals(shorter) === true)
    b.advance(right, shorter, other?.equals(shorter) === true)
    passed = passed.plus(shorter)
  }
}
