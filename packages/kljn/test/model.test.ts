import { describe, expect, it } from 'vitest'
import {
  checkLoop,
  delaySeconds,
  KljnError,
  lineOf,
  RG58,
  resistiveLine,
  symmetricLoop,
} from '../src/index.ts'

const loop = symmetricLoop({ lowOhms: 1000, highOhms: 9000, line: resistiveLine(200) })

function refusal(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof KljnError) return `${error.code} ${error.kind}: ${error.message}`
    throw error
  }
  throw new Error('it was accepted')
}

describe('the model', () => {
  it('names parameter, unit and range of what it refuses', () => {
    const bad = (options: Partial<Parameters<typeof symmetricLoop>[0]>) =>
      refusal(() => symmetricLoop({ lowOhms: 1000, highOhms: 9000, line: resistiveLine(200), ...options }))
    expect(bad({ lowOhms: 0 })).toMatch(
      /kljn\/parameter bad-input: alice.low.resistanceOhms is 0 Ω; .*more than 0 Ω/,
    )
    expect(bad({ highOhms: Number.NaN })).toMatch(/alice.high.resistanceOhms is NaN Ω/)
    expect(bad({ highOhms: 1000 })).toMatch(/R_L and R_H must differ/)
    expect(bad({ temperatureKelvin: -1 })).toMatch(/temperatureKelvin is -1 K; .*more than 0 K/)
    expect(bad({ bandwidthHertz: 0 })).toMatch(/bandwidthHertz is 0 Hz; .*more than 0 Hz/)
    expect(bad({ line: resistiveLine(-1) })).toMatch(/line.resistanceOhms is -1 Ω; .*at least 0 Ω/)
    expect(refusal(() => lineOf(RG58, 0))).toMatch(/lengthMetres is 0 m; .*more than 0 m/)
    expect(
      refusal(() =>
        checkLoop({
          ...loop,
          instruments: { ...loop.instruments, eve: { gainError: 0, noiseFraction: 0, adcBits: 2.5 } },
        }),
      ),
    ).toMatch(/instruments.eve.adcBits is 2.5 bit; expected a whole number/)
  })

  it('scales a cable with its length', () => {
    const line = lineOf(RG58, 100)
    expect(line.resistanceOhms).toBeCloseTo(4.8, 12)
    expect(delaySeconds(line)).toBeCloseTo(100 * Math.sqrt(0.253e-6 * 101e-12), 15)
    expect(delaySeconds({ ...line, shieldDriverGain: 1 })).toBe(0)
  })
})
