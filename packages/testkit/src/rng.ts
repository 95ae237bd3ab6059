import type { Rng } from '@warren/primitives/rng'
import { unsafeSeededRng } from '@warren/primitives/seeded-rng'

/** A reproducible Rng that throws once more than `limitBytes` are read: a runaway loop fails instead of hanging. */
export function testRng(seed: string | number, limitBytes = 16 * 1024 * 1024): Rng {
  const source = unsafeSeededRng(seed)
  let left = limitBytes
  return {
    bytes(length) {
      left -= length
      if (left < 0) throw new Error(`test rng ${seed}: read past its limit of ${limitBytes} bytes`)
      return source.bytes(length)
    },
  }
}

/** Gives exactly the listed byte strings, in order; any other request throws. For known-answer tests. */
export function scriptedRng(...answers: readonly Uint8Array[]): Rng {
  let next = 0
  return {
    bytes(length) {
      const answer = answers[next++]
      if (answer === undefined) throw new Error(`scripted rng: request ${next} has no answer`)
      if (answer.length !== length)
        throw new Error(
          `scripted rng: request ${next} is for ${length} bytes, the script has ${answer.length}`,
        )
      return Uint8Array.from(answer)
    },
  }
}
