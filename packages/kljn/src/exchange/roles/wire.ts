import type { Rng } from '@warren/primitives/rng'
import { injection } from '../../attacks/injection.ts'
import { manInTheMiddle } from '../../attacks/man-in-the-middle.ts'
import { KljnError } from '../../errors.ts'
import { gaussianSource } from '../../noise/gaussian.ts'
import { seededPrng } from '../../noise/prng.ts'
import { emptyEnds, type HarmonicLoop, harmonicLoop, type SolveState } from '../../wire/harmonics.ts'
import type { BitState } from '../../wire/model.ts'
import type { Port } from './port.ts'
import type { SessionSettings } from './settings.ts'

/** What a party connects for a batch of bit periods: resistors (1: R_H), and what its generator puts out. */
export interface Connect {
  kind: 'connect'
  high: Uint8Array
  noise: Float64Array
}
/** What a party's meters could read: one signal of N numbers a bit period, one after the other. */
export interface AtEnd {
  kind: 'at-end'
  voltage: Float64Array
  current: Float64Array
}
/** What a wire-tapper can read: both ends. */
export interface Tap {
  kind: 'tap'
  voltageA: Float64Array
  currentA: Float64Array
  voltageB: Float64Array
  currentB: Float64Array
}

/** What an active attacker does to the line. */
export type Intrusion =
  | { kind: 'none' }
  /** Gaussian noise of this r.m.s. current, over the exchange's band, into the middle of the line. */
  | { kind: 'injection'; amperes: number }
  /** The line is cut: each half ends in a resistor and generator of the intruder, drawn anew for every bit. */
  | { kind: 'man-in-the-middle' }

/**
 * The wire: physics, with no will of its own. It takes what both parties connect, and shows both ends to whoever looks.
 * Ends when both parties have closed.
 */
export async function runWire(
  ports: { alice: Port; bob: Port; eve: Port },
  settings: SessionSettings,
  intrusion: Intrusion,
  rng: Rng,
): Promise<void> {
  const { samples, loop } = settings
  const harmonics = harmonicLoop(loop, samples)
  const disturb = intruder(settings, harmonics, intrusion, rng)
  const one = emptyEnds(samples)
  try {
    for (;;) {
      const [a, b] = (await Promise.all([ports.alice.receive(), ports.bob.receive()])) as [Connect, Connect]
      const count = a.high.length
      if (b.high.length !== count || a.noise.length !== count * samples || b.noise.length !== count * samples)
        throw new KljnError('kljn/protocol', 'the parties connected for different lengths of time')
      const all = emptyEnds(samples * count)
      for (let i = 0; i < count; i++) {
        const state = `${a.high[i] === 1 ? 'H' : 'L'}${b.high[i] === 1 ? 'H' : 'L'}` as BitState
        const at = i * samples
        disturb(state, a.noise.subarray(at, at + samples), b.noise.subarray(at, at + samples), one)
        for (const name of ['voltageA', 'currentA', 'voltageB', 'currentB'] as const)
          all[name].set(one[name], at)
      }
      ports.eve.send({ kind: 'tap', ...all } satisfies Tap)
      ports.alice.send({ kind: 'at-end', voltage: all.voltageA, current: all.currentA } satisfies AtEnd)
      ports.bob.send({ kind: 'at-end', voltage: all.voltageB, current: all.currentB } satisfies AtEnd)
    }
  } catch (error) {
    // both parties hang up when they are done; so does the wire
    if (!(error instanceof KljnError && error.code === 'kljn/protocol')) throw error
  } finally {
    for (const port of Object.values(ports)) port.close()
  }
}

function intruder(
  { loop }: SessionSettings,
  harmonics: HarmonicLoop,
  intrusion: Intrusion,
  rng: Rng,
): SolveState {
  const gaussian = gaussianSource(seededPrng(rng))
  switch (intrusion.kind) {
    case 'none':
      return (state, alice, bob, out) => harmonics.solve(state, alice, bob, out)
    case 'injection':
      return injection(loop, harmonics, intrusion.amperes, gaussian).solve
    case 'man-in-the-middle':
      return manInTheMiddle(loop, harmonics, gaussian, rng)
    default:
      return intrusion satisfies never
  }
}
