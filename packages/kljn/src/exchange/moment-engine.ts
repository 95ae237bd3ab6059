import { gaussianSource } from '../noise/gaussian.ts'
import type { Prng } from '../noise/prng.ts'
import type { LoopState, Moments } from '../wire/algebraic.ts'

/**
 * Simulates `samples` independent samples of a cold loop in the time domain (two noises, Kirchhoff's laws, six
 * products) and returns the means. Memory does not depend on the number of samples.
 */
export interface MomentEngine {
  moments(state: LoopState, samples: number): Moments
}

const BLOCK = 2048

/** In double precision: the reference for the faster one. */
export function plainMomentEngine(prng: Prng): MomentEngine {
  const gaussian = gaussianSource(prng)
  const first = new Float64Array(BLOCK)
  const second = new Float64Array(BLOCK)
  return {
    moments(state, samples) {
      const { aliceOhms: ra, bobOhms: rb } = state
      const a = Math.sqrt(state.aliceVolts2)
      const b = Math.sqrt(state.bobVolts2)
      const siemens = 1 / state.totalOhms
      let [uaua, ubub, uaub, uai, ubi, ii] = [0, 0, 0, 0, 0, 0]
      for (let done = 0; done < samples; done += BLOCK) {
        const count = Math.min(BLOCK, samples - done)
        gaussian.fill(count === BLOCK ? first : first.subarray(0, count))
        gaussian.fill(count === BLOCK ? second : second.subarray(0, count))
        for (let t = 0; t < count; t++) {
          const ea = a * (first[t] as number)
          const eb = b * (second[t] as number)
          const i = (ea - eb) * siemens
          const ua = ea - i * ra
          const ub = eb + i * rb
          uaua += ua * ua
          ubub += ub * ub
          uaub += ua * ub
          uai += ua * i
          ubi += ub * i
          ii += i * i
        }
      }
      const n = samples
      return { uaua: uaua / n, ubub: ubub / n, uaub: uaub / n, uai: uai / n, ubi: ubi / n, ii: ii / n }
    },
  }
}
