import { testRng } from '@warren/testkit/rng'
import { describe, expect, it } from 'vitest'
import {
  optimalCableAttack,
  optimalTest,
  spectralContrast,
  spectralCorrelation,
} from '../src/attacks/spectral-likelihood.ts'
import { gaussianSource } from '../src/noise/gaussian.ts'
import { seededPrng } from '../src/noise/prng.ts'
import { lineOf, RG58, resistiveLine, symmetricLoop } from '../src/wire/model.ts'

const paper = (highOhms: number, lowOhms: number, beta: number) =>
  symmetricLoop({ lowOhms, highOhms, beta, line: resistiveLine(200) })
const exactBeta = (h: number, l: number) => (1 + 100 / l) / (1 + 100 / h)
const paperBeta = (h: number, l: number) => (1 + 200 / l) / (1 + 200 / h)

describe('the optimal test on the resistive loop', () => {
  // the table of p of the spec
  it.each([
    [9000, 1000, 1, [0.546, 0.573, 0.6029, 0.644, 0.7205, 0.7957, 0.8788]],
    [9000, 1000, paperBeta(9000, 1000), [0.5415, 0.5659, 0.5931, 0.6306, 0.7011, 0.7722, 0.8544]],
    [9000, 1000, exactBeta(9000, 1000), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]],
    [11000, 2000, 1, [0.5256, 0.5407, 0.5576, 0.5813, 0.6274, 0.6771, 0.7421]],
    [11000, 2000, paperBeta(11000, 2000), [0.5242, 0.5385, 0.5545, 0.5769, 0.6206, 0.6679, 0.7304]],
    [11000, 2000, exactBeta(11000, 2000), [0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]],
  ])('%i/%i Ω, β = %f: the p table', (high, low, beta, expected) => {
    const loop = paper(high, low, beta)
    const measured = [20, 50, 100, 200, 500, 1000, 2000].map((n) => optimalCableAttack(loop, n).guess)
    measured.forEach((p, i) => expect(p).toBeCloseTo(expected[i] as number, 4))
  })
  it('I(bit; Eve) is that of the likelihood ratio, as a simulation of it finds', () => {
    const contrast = spectralContrast(paper(9000, 1000, 1), 1)
    const exact = optimalTest(Array.from({ length: 100 }, () => contrast))
    // The ratio of 100 amplitudes: L = Σ μ₁x + μ₂y + ln…, x and y exponential. 40 000 draws; the standard error of the
    // mean is 0.0022 (measured), the band is 4.5 of it: a false alarm in 7e-6 of all seeds.
    const gaussian = gaussianSource(seededPrng(testRng('likelihood')))
    const { larger, smaller } = contrast
    const draws = 40_000
    let information = 0
    let right = 0
    for (let i = 0; i < draws; i++) {
      let ratio = -100 * (Math.log1p(larger) + Math.log1p(smaller))
      let x = 0
      let y = 0
      for (let k = 0; k < 200; k++) {
        x += gaussian.next() ** 2 / 2
        y += gaussian.next() ** 2 / 2
      }
      ratio += larger * x + smaller * y
      information += 1 - Math.log2(1 + Math.exp(-ratio))
      if (ratio > 0) right++
    }
    expect(Math.abs(information / draws - exact.informationBits)).toBeLessThan(0.01)
    expect(Math.abs(right / draws - exact.guess)).toBeLessThan(0.0108)
  })
  it('the general integral (any eigenvalues) is the symmetric one where both apply', () => {
    const contrasts = [0.1, 0.2, 0.05].map((rho) => {
      const lambda = (1 + rho) / (1 - rho)
      return { larger: lambda - 1, smaller: 1 / lambda - 1 }
    })
    const symmetric = optimalTest(contrasts)
    const general = optimalTest(
      contrasts,
      contrasts.map(() => 1),
    )
    expect(general.guess).toBeCloseTo(symmetric.guess, 10)
    expect(general.informationBits).toBeCloseTo(symmetric.informationBits, 10)
  })
  it('knows a case by heart: two variances, one amplitude', () => {
    // x ~ Exp(mean v₀) or Exp(mean v₁), equal priors: error ½(1 − (r^(−1/(r−1)) − r^(−r/(r−1)))) with r = v₀/v₁
    const r = 4
    const advantage = r ** (-1 / (r - 1)) - r ** (-r / (r - 1))
    expect(optimalTest([{ larger: r - 1, smaller: 0 }]).guess).toBeCloseTo((1 + advantage) / 2, 9)
  })
})

describe('the optimal test on a real cable', () => {
  const cable = (metres: number, beta: number, bandwidthHertz: number) =>
    symmetricLoop({ lowOhms: 1000, highOhms: 9000, line: lineOf(RG58, metres), beta, bandwidthHertz })
  const betaOf = (metres: number) => {
    const ohms = RG58.resistanceOhmsPerMetre * metres
    return (1 + ohms / 2000) / (1 + ohms / 18000)
  }
  it('the short formula of the spec is within 0.6 % where |ρ| < 5 %', () => {
    const rg = 3000
    for (const metres of [1, 100, 500])
      for (const hertz of [1, 8.4, 100]) {
        const { resistanceOhmsPerMetre: r, inductanceHenriesPerMetre: l, capacitanceFaradsPerMetre: c } = RG58
        const short = 0.4 * metres * Math.hypot(r / rg, 2 * Math.PI * hertz * (l / rg + c * rg))
        expect(Math.abs(spectralCorrelation(cable(metres, 1, 1000), hertz) / short - 1)).toBeLessThan(0.006)
      }
  })
  it('β* removes what a resistance leaks, and nothing above 8.4 Hz', () => {
    for (const metres of [10, 100, 1000]) {
      const at = (hertz: number, beta: number) => spectralCorrelation(cable(metres, beta, 1000), hertz)
      expect(at(0.01, betaOf(metres)) / at(0.01, 1)).toBeLessThan(0.01)
      expect(at(8.402, betaOf(metres)) / at(8.402, 1)).toBeCloseTo(Math.SQRT1_2, 1)
      expect(at(250, betaOf(metres)) / at(250, 1)).toBeGreaterThan(0.999)
    }
  })
  it('1 km, 250 Hz, N = 200: .938 without a defence, .940 with β*', () => {
    expect(optimalCableAttack(cable(1000, 1, 250), 200).guess).toBeCloseTo(0.938, 3)
    expect(optimalCableAttack(cable(1000, betaOf(1000), 250), 200).guess).toBeCloseTo(0.94, 3)
  })
  it('100 m, 250 Hz, N = 2000: .689 either way', () => {
    expect(optimalCableAttack(cable(100, 1, 250), 2000).guess).toBeCloseTo(0.689, 3)
    expect(optimalCableAttack(cable(100, betaOf(100), 250), 2000).guess).toBeCloseTo(0.689, 3)
  })
  it('refuses a noisy line and an odd N = 0', () => {
    const loop = cable(100, 1, 250)
    expect(() => optimalCableAttack({ ...loop, line: { ...loop.line, temperatureKelvin: 300 } }, 20)).toThrow(
      '0 K',
    )
    expect(() => optimalCableAttack(loop, 0)).toThrow('samples is 0')
  })
})
