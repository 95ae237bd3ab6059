import { gaussianSource } from './gaussian.ts'
import type { Prng } from './prng.ts'

/** The distribution of the generators' voltage. Only the first is secure (refs 4 and 5 of the paper). */
export type NoiseShape = 'gaussian' | 'uniform' | 'laplace'
export const NOISE_SHAPES: readonly NoiseShape[] = ['gaussian', 'uniform', 'laplace']

/** Unit variance, mean zero. */
export interface ShapedSource {
  next(): number
}

export function shapedSource(shape: NoiseShape, prng: Prng): ShapedSource {
  switch (shape) {
    case 'gaussian':
      return gaussianSource(prng)
    case 'uniform':
      return { next: () => (prng.unit() - 0.5) * Math.sqrt(12) }
    case 'laplace':
      return {
        next: () => {
          const u = prng.unit() - 0.5
          return (-Math.sign(u) * Math.log(1 - 2 * Math.abs(u))) / Math.SQRT2
        },
      }
    default:
      return shape satisfies never
  }
}

/** ln of the density of that distribution at z; −Infinity where it cannot be. */
export function logDensity(shape: NoiseShape, z: number): number {
  switch (shape) {
    case 'gaussian':
      return -0.5 * z * z - 0.5 * Math.log(2 * Math.PI)
    case 'uniform':
      return Math.abs(z) <= Math.sqrt(3) ? -0.5 * Math.log(12) : Number.NEGATIVE_INFINITY
    case 'laplace':
      return -0.5 * Math.LN2 - Math.SQRT2 * Math.abs(z)
    default:
      return shape satisfies never
  }
}
