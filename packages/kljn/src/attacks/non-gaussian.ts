import type { Prng } from '../noise/prng.ts'
import { logDensity, type NoiseShape, shapedSource } from '../noise/shape.ts'
import { checkRange } from '../range.ts'
import { type LoopState, loopState } from '../wire/algebraic.ts'
import { checkLoop, type Loop } from '../wire/model.ts'

/**
 * Refs 4 and 5 of the paper: of all noises only the Gaussian is secure. From voltage and current Eve computes, for each
 * of HL and LH, what the two generators would have made, and asks which of the two pairs looks like the agreed noise.
 * Two Gaussians that are rotated into one another look the same; no other pair of independent noises does.
 */
function logLikelihood(shape: NoiseShape, s: LoopState, u: number, i: number): number {
  const a = (u + i * s.aliceOhms) / Math.sqrt(s.aliceVolts2)
  const b = (u + i * (s.lineOhms - s.totalOhms + s.aliceOhms)) / Math.sqrt(s.bobVolts2)
  return logDensity(shape, a) + logDensity(shape, b)
}

export interface ShapeAttack {
  bits: number
  right: number
  complete: boolean
}

/** Simulates secure bits of `samples` independent samples and counts Eve's right guesses. Ties are guessed. */
export function nonGaussianAttack(
  loop: Loop,
  shape: NoiseShape,
  samples: number,
  bits: number,
  prng: Prng,
  signal?: AbortSignal,
): ShapeAttack {
  checkLoop(loop)
  checkRange('samples', samples, { unit: '', min: 1, whole: true })
  checkRange('bits', bits, { unit: '', min: 1, whole: true })
  const source = shapedSource(shape, prng)
  const hl = loopState(loop, 'HL')
  const lh = loopState(loop, 'LH')
  let right = 0
  let done = 0
  for (; done < bits && signal?.aborted !== true; done++) {
    const isHL = prng.word() < 0
    const state = isHL ? hl : lh
    const a = Math.sqrt(state.aliceVolts2)
    const b = Math.sqrt(state.bobVolts2)
    let difference = 0
    for (let t = 0; t < samples && Math.abs(difference) < Number.POSITIVE_INFINITY; t++) {
      const ea = a * source.next()
      const i = (ea - b * source.next()) / state.totalOhms
      const u = ea - i * state.aliceOhms
      difference += logLikelihood(shape, hl, u, i) - logLikelihood(shape, lh, u, i)
    }
    // rounding can put the true hypothesis a hair outside a bounded density: then both are impossible
    const undecided = Number.isNaN(difference) || Math.abs(difference) < 1e-9 * samples
    const guess = undecided ? prng.word() < 0 : difference > 0
    if (guess === isHL) right++
  }
  return { bits: done, right, complete: done === bits }
}
