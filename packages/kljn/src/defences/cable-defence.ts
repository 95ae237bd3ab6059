import { type Cable, type Loop, lineOf, symmetricLoop } from '../wire/model.ts'
import { withCapacitorKiller } from './capacitor-killer.ts'
import { exactBeta, unsafePaperBeta } from './temperature-offset.ts'

/** What a party may do about a cable, alone or together. Of two β the later one counts. */
export type CableDefence = 'beta-paper' | 'beta-exact' | 'capacitor-killer'
export const CABLE_DEFENCES: readonly CableDefence[] = ['beta-paper', 'beta-exact', 'capacitor-killer']

export interface CableLoop {
  cable: Cable
  lengthMetres: number
  lowOhms: number
  highOhms: number
  bandwidthHertz: number
  temperatureKelvin?: number
  defences?: readonly CableDefence[]
  /** Of the capacitor killer's shield driver: 1 − gain of the capacitance stays. */
  shieldDriverGain?: number
}

/** The paper's scheme on a real cable, with any combination of defences. Throws KljnError `kljn/parameter`. */
export function cableLoop(options: CableLoop): Loop {
  const { cable, lengthMetres, lowOhms, highOhms, defences = [], shieldDriverGain = 0.99 } = options
  const bare = lineOf(cable, lengthMetres)
  const line = defences.includes('capacitor-killer') ? withCapacitorKiller(bare, shieldDriverGain) : bare
  const ohms = { highOhms, lowOhms, cableOhms: line.resistanceOhms }
  let beta = 1
  for (const defence of defences)
    if (defence === 'beta-exact') beta = exactBeta(ohms)
    else if (defence === 'beta-paper') beta = unsafePaperBeta(ohms)
  return symmetricLoop({
    lowOhms,
    highOhms,
    line,
    beta,
    bandwidthHertz: options.bandwidthHertz,
    ...(options.temperatureKelvin === undefined ? {} : { temperatureKelvin: options.temperatureKelvin }),
  })
}
