import type { AnyScenario } from '../scenario.ts'
import { attackMatrix } from './attack-matrix.ts'
import { descriptors } from './descriptors.ts'
import { groups } from './groups.ts'
import { introductions } from './introductions.ts'
import { links } from './links.ts'
import { load } from './load.ts'
import { onRelays } from './on-relays.ts'
import { pseudonyms } from './pseudonyms.ts'
import { silence } from './silence.ts'

export const scenarios: readonly AnyScenario[] = [
  attackMatrix,
  silence,
  descriptors,
  introductions,
  links,
  pseudonyms,
  groups,
  load,
  onRelays,
]
