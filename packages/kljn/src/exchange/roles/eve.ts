import { endCovariance } from '../../attacks/spectral-likelihood.ts'
import type { Bits } from '../../distil/bits.ts'
import { KljnError } from '../../errors.ts'
import { harmonicLoop } from '../../wire/harmonics.ts'
import { decodeMessage } from '../messages.ts'
import { covarianceRatio, scaleOhmsOf } from '../spectral-decision.ts'
import type { Port } from './port.ts'
import type { SessionSettings } from './settings.ts'
import type { Tap } from './wire.ts'

/** What Eve has at the end of a session. */
export interface EveResult {
  /** ln(p(HL)/p(LH)) of every kept bit, by her optimal test; its sign is her guess. */
  ratios: Float64Array
  guesses: Bits
  publicBytes: number
  publicFrames: number
}

/**
 * Eve taps the wire at both ends with perfect instruments, knows everything public, and carries the public channel:
 * frames go through her hands. `tamperWithFrame` turns one bit of the frame with that number (counted over both
 * directions), to see that it is noticed.
 */
export async function runEve(
  ports: { wire: Port; alice: Port; bob: Port },
  settings: SessionSettings,
  tamperWithFrame?: number,
): Promise<EveResult> {
  const { loop, samples } = settings
  const harmonics = harmonicLoop(loop, samples)
  const covariances = (state: 'HL' | 'LH') => harmonics.line.map((line) => endCovariance(loop, state, line))
  const ratio = covarianceRatio(covariances('HL'), covariances('LH'), scaleOhmsOf(loop))
  const tapped: number[] = []
  const flags: Record<'alice' | 'bob', number[]> = { alice: [], bob: [] }
  let publicBytes = 0
  let publicFrames = 0

  const tap = async () => {
    for (;;) {
      const { voltageA, currentA } = (await ports.wire.receive()) as Tap
      for (let at = 0; at < voltageA.length; at += samples)
        tapped.push(ratio(voltageA.subarray(at, at + samples), currentA.subarray(at, at + samples)))
    }
  }
  const carry = async (from: 'alice' | 'bob', to: 'alice' | 'bob') => {
    try {
      for (;;) {
        const frame = (await ports[from].receive()) as Uint8Array
        publicBytes += frame.length
        const message = overhear(frame)
        if (message?.kind === 'mixed') flags[from].push(...message.flags)
        if (publicFrames++ === tamperWithFrame) {
          const changed = Uint8Array.from(frame)
          const at = frame.length >> 1
          changed[at] = (changed[at] as number) ^ 1
          ports[to].send(changed)
        } else ports[to].send(frame)
      }
    } finally {
      ports[to].close()
    }
  }
  const ended = await Promise.allSettled([tap(), carry('alice', 'bob'), carry('bob', 'alice')])
  for (const end of ended)
    if (
      end.status === 'rejected' &&
      !(end.reason instanceof KljnError && end.reason.code === 'kljn/protocol')
    )
      throw end.reason
  ports.wire.close()
  const kept = tapped.filter((_, i) => flags.alice[i] === 1 && flags.bob[i] === 1)
  return {
    ratios: Float64Array.from(kept),
    guesses: Uint8Array.from(kept, (value) => (value > 0 ? 1 : 0)),
    publicBytes,
    publicFrames,
  }
}

/** The payload of a frame: 4 bytes number, 4 bytes length, 16 bytes tag behind. */
function overhear(frame: Uint8Array) {
  try {
    return decodeMessage(frame.subarray(8, -16))
  } catch {
    return undefined
  }
}
