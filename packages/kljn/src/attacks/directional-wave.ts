import { checkRange } from '../range.ts'
import type { EndHarmonics } from '../wire/harmonics.ts'
import type { Statistic } from './wire-tap.ts'

/**
 * The directional wave attack (Gunn, Allison and Abbott 2014; Chen et al. dispute that waves is the word for it on a
 * short line): split the signal at a point into u± = (U ± Z₀·I)/2 and compare their powers. |u⁺|² − |u⁻|² = Z₀·Re(U·I*)
 * for any Z₀, so the comparison is the paper's power flow under another name, whoever is right about the word.
 */
export function directionalStatistic(wavesOhms: number): Statistic {
  checkRange('wavesOhms', wavesOhms, { unit: 'Ω', moreThan: 0, max: 1e12 })
  return (ends) => {
    const { right, left } = wavePowers(ends, wavesOhms)
    return right - left
  }
}

/** Mean squares of both waves in the middle of the line, in V². */
export function wavePowers(
  { voltageA, voltageB, currentA, currentB }: EndHarmonics,
  wavesOhms: number,
): { right: number; left: number } {
  let right = 0
  let left = 0
  for (let i = 0; i < voltageA.length; i++) {
    const u = ((voltageA[i] as number) + (voltageB[i] as number)) / 4
    const zi = (wavesOhms * ((currentA[i] as number) + (currentB[i] as number))) / 4
    right += (u + zi) ** 2
    left += (u - zi) ** 2
  }
  const scale = 2 / voltageA.length
  return { right: scale * right, left: scale * left }
}
