import { hexText } from '@warren/primitives/encoding'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { alarmThreshold, comparison, raiseAlarm } from '../../defences/comparison.ts'
import { type Bits, packBits } from '../../distil/bits.ts'
import { answerParities, cascade, cascadeOrders } from '../../distil/cascade.ts'
import { keptBitsFor, type Ledger, ledger } from '../../distil/ledger.ts'
import { commonPositions, isMixed, type Reading, siftedBits } from '../../distil/sifting.ts'
import { toeplitzHash, toeplitzSeedBits } from '../../distil/toeplitz.ts'
import { guessAfterXor, guessInformationBits, xorAmplify } from '../../distil/xor-amplification.ts'
import { KljnError } from '../../errors.ts'
import { gaussianSource } from '../../noise/gaussian.ts'
import { seededPrng } from '../../noise/prng.ts'
import { generatorNoise, harmonicLoop } from '../../wire/harmonics.ts'
import { type BitValue, resistorOf } from '../../wire/model.ts'
import { CASCADE_SEED_BYTES, decodeMessage, encodeMessage, type PublicMessage } from '../messages.ts'
import { PublicChannel } from '../public-channel.ts'
import { spectralDecision } from '../spectral-decision.ts'
import type { Port } from './port.ts'
import {
  CASCADE_PASSES,
  checkSettings,
  eveBound,
  expectedErrorRate,
  largestBatch,
  meterNoise,
  readMeter,
  type SessionSettings,
  VERIFICATION_BITS,
} from './settings.ts'
import type { AtEnd, Connect } from './wire.ts'

/** What one party has at the end. */
export interface PartyResult {
  /** The final key: ⌈keyBits/8⌉ bytes, the first bit highest. */
  key: Uint8Array
  ledger: Ledger
  /** Sifted bits before correction: for whoever referees an experiment. A party would never give them away. */
  unsafeSifted: Bits
  corrected: number
  /** The last comparison of the two ends; Alice makes it. */
  comparison: { chiSquare: number; degrees: number; threshold: number }
  frames: number
  authenticationKeyBits: number
}

/** Alice (who leads) or Bob (who corrects). Rejects with KljnError `kljn/alarm`, `kljn/no-secret-left` and others. */
export async function runParty(
  who: 'alice' | 'bob',
  ports: { wire: Port; peer: Port },
  settings: SessionSettings,
  preSharedKey: Uint8Array,
  rng: Rng,
): Promise<PartyResult> {
  try {
    return await new Session(who, ports, settings, preSharedKey, rng).run()
  } finally {
    ports.wire.close()
    ports.peer.close()
  }
}

class Session {
  readonly #who: 'alice' | 'bob'
  readonly #wire: Port
  readonly #channel: PublicChannel
  readonly #settings: SessionSettings
  readonly #rng: Rng
  readonly #exchange: (count: number) => Promise<Bits>
  readonly #bound: { guess: number; informationBits: number }
  #errorRate: number
  #exchanges = 0
  #parities = 0
  #verifications = 0
  #corrected = 0
  #comparison = { chiSquare: 0, degrees: 0, threshold: 0 }

  constructor(
    who: 'alice' | 'bob',
    ports: { wire: Port; peer: Port },
    settings: SessionSettings,
    preSharedKey: Uint8Array,
    rng: Rng,
  ) {
    checkSettings(settings)
    this.#who = who
    this.#wire = ports.wire
    this.#settings = settings
    this.#rng = rng
    this.#channel = new PublicChannel(ports.peer, new Secret(preSharedKey), who)
    const harmonics = harmonicLoop(settings.loop, settings.samples)
    this.#bound = eveBound(settings, harmonics)
    this.#errorRate = expectedErrorRate(settings, harmonics)
    this.#exchange = this.#prepareExchange(harmonics)
  }

  async run(): Promise<PartyResult> {
    const { keyBits, xorGroup, securityBits, mostExchanges } = this.#settings
    const sifted: Bits[] = []
    const reconciled: Bits[] = []
    let target = this.#bitsNeeded()
    for (;;) {
      const fresh: Bits[] = []
      for (let kept = 0; kept < target; ) {
        if (this.#exchanges >= mostExchanges)
          throw new KljnError(
            'kljn/no-secret-left',
            `after ${this.#exchanges} exchanges there are no ${keyBits} secret bits: Eve's chance to guess a bit is ${this.#bound.guess.toPrecision(4)}`,
          )
        const count = Math.min(
          largestBatch(this.#settings.samples),
          Math.max(16, Math.ceil(2.1 * (target - kept))),
        )
        const bits = await this.#exchange(count)
        kept += bits.length
        fresh.push(bits)
      }
      const block = joined(fresh)
      sifted.push(block)
      reconciled.push(this.#who === 'alice' ? await this.#answer(block) : await this.#correct(block))
      const raw = joined(reconciled)
      const book = this.#ledger(raw.length)
      const input = xorAmplify(raw, xorGroup)
      const key = this.#who === 'alice' ? this.#offer(input, book) : await this.#accept(input, book)
      if (key !== undefined) {
        const { frames, keyBitsUsed } = this.#channel
        this.#channel.close()
        return {
          key: packBits(key),
          ledger: book,
          unsafeSifted: joined(sifted),
          corrected: this.#corrected,
          comparison: this.#comparison,
          frames,
          authenticationKeyBits: keyBitsUsed,
        }
      }
      const perBit = -Math.log2(guessAfterXor(this.#bound.guess, xorGroup)) / xorGroup
      target =
        Math.ceil((1.2 * (keyBits + 2 * securityBits - book.minEntropyBits + VERIFICATION_BITS)) / perBit) +
        32
    }
  }

  /** Kept bits for the key, with room for what reconciliation will show. */
  #bitsNeeded(): number {
    const { keyBits, xorGroup, securityBits } = this.#settings
    const plain =
      xorGroup *
      keptBitsFor(keyBits, guessAfterXor(this.#bound.guess, xorGroup), securityBits, VERIFICATION_BITS)
    const entropy = 1 - guessInformationBits(1 - Math.max(this.#errorRate, 1 / plain))
    return Math.ceil(1.05 * plain * (1 + 1.3 * xorGroup * entropy)) + 16
  }

  #ledger(keptBits: number): Ledger {
    const { xorGroup, securityBits } = this.#settings
    return ledger({
      exchanges: this.#exchanges,
      keptBits,
      parityBits: this.#parities,
      verificationBits: this.#verifications * VERIFICATION_BITS,
      guess: this.#bound.guess,
      informationBits: this.#bound.informationBits,
      xorGroup,
      securityBits,
    })
  }

  /** Runs `count` bit exchanges: connect, read, decide, sift, compare. Returns the kept bits. */
  #prepareExchange(harmonics: ReturnType<typeof harmonicLoop>): (count: number) => Promise<Bits> {
    const { loop, samples, decision, falseAlarm } = this.#settings
    const who = this.#who
    const gaussian = gaussianSource(seededPrng(this.#rng))
    const meters = meterNoise(this.#settings, harmonics)
    const check = comparison(harmonics, meters)
    const decide = {
      L: spectralDecision(loop, harmonics, who, 'L', decision),
      H: spectralDecision(loop, harmonics, who, 'H', decision),
    }
    return async (count) => {
      const high = Uint8Array.from(this.#rng.bytes(count), (byte) => byte & 1)
      const values = Array.from(high, (bit): BitValue => (bit === 1 ? 'H' : 'L'))
      const noise = new Float64Array(count * samples)
      const period = (signal: Float64Array, i: number) => signal.subarray(i * samples, (i + 1) * samples)
      values.forEach((value, i) =>
        generatorNoise(resistorOf(loop[who], value), loop.bandwidthHertz, gaussian, period(noise, i)),
      )
      this.#wire.send({ kind: 'connect', high, noise } satisfies Connect)
      const { voltage, current } = (await this.#wire.receive()) as AtEnd
      readMeter(voltage, loop.instruments[who], meters.volts, gaussian)
      readMeter(current, loop.instruments[who], meters.amperes, gaussian)
      const readings = values.map((own, i): Reading => {
        const ratio = decide[own](period(voltage, i), period(current, i), period(noise, i))
        return { own, other: ratio > 0 ? 'H' : 'L' }
      })
      this.#exchanges += count

      const mine = readings.map(isMixed)
      this.#say({ kind: 'mixed', flags: Uint8Array.from(mine, Number) })
      const { flags } = await this.#hear('mixed')
      if (flags.length !== count)
        throw new KljnError(
          'kljn/protocol',
          `the other party speaks of ${flags.length} exchanges, there were ${count}`,
        )

      if (who === 'bob') {
        const values = new Float32Array(2 * voltage.length)
        values.set(voltage)
        values.set(current, voltage.length)
        this.#say({ kind: 'readings', values })
        if ((await this.#hear('compared')).alarm)
          throw new KljnError(
            'kljn/alarm',
            'Alice found that the two ends of the line contradict each other; no key was made',
          )
      } else {
        const theirs = (await this.#hear('readings')).values
        if (theirs.length !== 2 * voltage.length)
          throw new KljnError(
            'kljn/protocol',
            `Bob sent ${theirs.length} readings, expected ${2 * voltage.length}`,
          )
        const bob = Float64Array.from(theirs)
        let chiSquare = 0
        for (let i = 0; i < count; i++)
          chiSquare += check.chiSquare({
            voltageA: period(voltage, i),
            currentA: period(current, i),
            voltageB: period(bob, i),
            currentB: period(bob, count + i),
          })
        const degrees = check.degreesPerBit * count
        const threshold = alarmThreshold(degrees, falseAlarm)
        this.#comparison = { chiSquare, degrees, threshold }
        this.#say({ kind: 'compared', alarm: chiSquare > threshold })
        raiseAlarm(chiSquare, degrees, falseAlarm)
      }
      return siftedBits(
        who,
        readings,
        commonPositions(
          mine,
          Array.from(flags, (flag) => flag === 1),
        ),
      )
    }
  }

  /** Alice's half of reconciliation: answers until Bob's key is hers. */
  async #answer(block: Bits): Promise<Bits> {
    let orders: Uint32Array[] = []
    for (;;) {
      const message = decodeMessage(await this.#channel.receive())
      if (message.kind === 'cascade')
        orders = cascadeOrders(block.length, message.passes, hexText.encode(message.seed))
      else if (message.kind === 'questions') {
        this.#parities += message.questions.length
        this.#say({ kind: 'parities', parities: answerParities(block, orders, message.questions) })
      } else if (message.kind === 'verify') {
        this.#verifications++
        const hash = toeplitzHash(message.seed, block, Math.min(VERIFICATION_BITS, block.length))
        const equal = hash.length === message.hash.length && hash.every((bit, i) => bit === message.hash[i])
        this.#say({ kind: 'verified', equal })
        if (equal) return block
      } else throw unexpected(message.kind)
    }
  }

  /** Bob's half: Cascade, then a hash that shows whether the keys are equal; if not, again with smaller blocks. */
  async #correct(block: Bits): Promise<Bits> {
    let key = block
    for (let attempt = 0; attempt < 6; attempt++) {
      const seed = this.#rng.bytes(CASCADE_SEED_BYTES)
      this.#say({ kind: 'cascade', seed, passes: CASCADE_PASSES })
      const orders = cascadeOrders(key.length, CASCADE_PASSES, hexText.encode(seed))
      const result = await cascade(key, orders, { errorRate: this.#errorRate }, async (questions) => {
        this.#say({ kind: 'questions', questions })
        return (await this.#hear('parities')).parities
      })
      key = result.key
      this.#parities += result.parities
      this.#corrected += result.corrected
      const hashBits = Math.min(VERIFICATION_BITS, key.length)
      const hashSeed = this.#randomBits(toeplitzSeedBits(key.length, hashBits))
      this.#verifications++
      this.#say({ kind: 'verify', seed: hashSeed, hash: toeplitzHash(hashSeed, key, hashBits) })
      if ((await this.#hear('verified')).equal) return key
      this.#errorRate = Math.min(0.25, Math.max(4 * this.#errorRate, 4 / key.length))
    }
    throw new KljnError(
      'kljn/no-secret-left',
      'the keys could not be made equal: the parties misread too many bits',
    )
  }

  /** Alice chooses the final hash, when the ledger allows the key; undefined: more exchanges. */
  #offer(input: Bits, book: Ledger): Bits | undefined {
    const { keyBits } = this.#settings
    if (book.secretBits < keyBits) {
      this.#say({ kind: 'more' })
      return undefined
    }
    const seed = this.#randomBits(toeplitzSeedBits(input.length, keyBits))
    this.#say({ kind: 'amplify', keyBits, seed })
    return toeplitzHash(seed, input, keyBits)
  }

  /** Bob keeps his own ledger, and agrees to nothing that it does not allow. */
  async #accept(input: Bits, book: Ledger): Promise<Bits | undefined> {
    const message = decodeMessage(await this.#channel.receive())
    if (message.kind === 'more') return undefined
    if (message.kind !== 'amplify') throw unexpected(message.kind)
    if (message.keyBits !== this.#settings.keyBits || book.secretBits < message.keyBits)
      throw new KljnError(
        'kljn/protocol',
        `Alice asks for ${message.keyBits} bits, the ledger has ${book.secretBits}`,
      )
    return toeplitzHash(message.seed, input, message.keyBits)
  }

  #randomBits(count: number): Bits {
    return Uint8Array.from(this.#rng.bytes(count), (byte) => byte & 1)
  }

  #say(message: PublicMessage): void {
    this.#channel.send(encodeMessage(message))
  }

  async #hear<K extends PublicMessage['kind']>(kind: K): Promise<Extract<PublicMessage, { kind: K }>> {
    const message = decodeMessage(await this.#channel.receive())
    if (message.kind !== kind) throw unexpected(message.kind)
    return message as Extract<PublicMessage, { kind: K }>
  }
}

function unexpected(kind: string): KljnError {
  return new KljnError('kljn/protocol', `the other party said ${JSON.stringify(kind)} out of turn`)
}

function joined(blocks: readonly Bits[]): Bits {
  const out = new Uint8Array(blocks.reduce((sum, block) => sum + block.length, 0))
  let at = 0
  for (const block of blocks) {
    out.set(block, at)
    at += block.length
  }
  return out
}
