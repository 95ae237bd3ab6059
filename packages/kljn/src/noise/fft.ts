import { checkRange } from '../range.ts'

/** Plans for one size: bit reversal and roots of unity, made once. */
export interface Fft {
  readonly size: number
  /** Σ_k x_k·e^(+2πi·jk/n), in place, unscaled. */
  inverse(re: Float64Array, im: Float64Array): void
}

/** A complex transform of a power of two, decimation in time. */
export function fft(size: number): Fft {
  checkRange('FFT size', size, { unit: '', min: 2, max: 2 ** 26, whole: true })
  const bits = Math.log2(size)
  if (!Number.isInteger(bits)) checkRange('log2 of the FFT size', bits, { unit: '', whole: true })
  const reversed = new Uint32Array(size)
  for (let i = 0; i < size; i++) reversed[i] = ((reversed[i >> 1] as number) >> 1) | ((i & 1) << (bits - 1))
  const cos = new Float64Array(size / 2)
  const sin = new Float64Array(size / 2)
  for (let k = 0; k < size / 2; k++) {
    cos[k] = Math.cos((2 * Math.PI * k) / size)
    sin[k] = Math.sin((2 * Math.PI * k) / size)
  }
  const swap = (x: Float64Array) => {
    for (let i = 0; i < size; i++) {
      const j = reversed[i] as number
      if (j > i) {
        const held = x[i] as number
        x[i] = x[j] as number
        x[j] = held
      }
    }
  }
  return {
    size,
    inverse(re, im) {
      swap(re)
      swap(im)
      for (let half = 1, stride = size / 2; half < size; half *= 2, stride /= 2)
        for (let start = 0; start < size; start += 2 * half)
          for (let k = 0, w = 0; k < half; k++, w += stride) {
            const a = start + k
            const b = a + half
            const c = cos[w] as number
            const s = sin[w] as number
            const xr = (re[b] as number) * c - (im[b] as number) * s
            const xi = (re[b] as number) * s + (im[b] as number) * c
            re[b] = (re[a] as number) - xr
            im[b] = (im[a] as number) - xi
            re[a] = (re[a] as number) + xr
            im[a] = (im[a] as number) + xi
          }
    },
  }
}

/** |X_k|² / n² of a real sequence for k = 0 … n/2: powers that add up to the mean square (one-sided). */
export function periodogram(x: Float64Array, plan: Fft = fft(x.length)): Float64Array {
  const n = x.length
  const re = Float64Array.from(x)
  const im = new Float64Array(n)
  plan.inverse(re, im) // the modulus does not care for the sign of the exponent
  return Float64Array.from({ length: n / 2 + 1 }, (_, k) => {
    const power = ((re[k] as number) ** 2 + (im[k] as number) ** 2) / (n * n)
    return k === 0 || k === n / 2 ? power : 2 * power
  })
}
