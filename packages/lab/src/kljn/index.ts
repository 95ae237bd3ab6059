import type { AnyScenario } from '../scenario.ts'
import { advancedDefence } from './advanced-defence.ts'
import { bergouScheuerYariv } from './bergou-scheuer-yariv.ts'
import { bitErrors } from './bit-errors.ts'
import { cableScenarios } from './cable-scenarios.ts'
import { equation01 } from './equation-01.ts'
import { equation02 } from './equation-02.ts'
import { equation03 } from './equation-03.ts'
import { equation04 } from './equation-04.ts'
import { equation05 } from './equation-05.ts'
import { equation06 } from './equation-06.ts'
import { equation07 } from './equation-07.ts'
import { equation08 } from './equation-08.ts'
import { equation09 } from './equation-09.ts'
import { equation10 } from './equation-10.ts'
import { equation11 } from './equation-11.ts'
import { equation12 } from './equation-12.ts'
import { equation13 } from './equation-13.ts'
import { fidelity } from './fidelity.ts'
import { generatorNonlinearity } from './generator-nonlinearity.ts'
import { groundLoops } from './ground-loops.ts'
import { haoTemperature } from './hao-temperature.ts'
import { instruments } from './instruments.ts'
import { intelligent } from './intelligent.ts'
import { keyed } from './keyed.ts'
import { multiple } from './multiple.ts'
import { naturalDefence } from './natural-defence.ts'
import { noiseSources } from './noise-sources.ts'
import { nonGaussian } from './non-gaussian.ts'
import { pTables } from './p-tables.ts'
import { paperMode } from './paper.ts'
import { randomNumbers } from './random-numbers.ts'
import { randomResistor } from './random-resistor.ts'
import { secondLaw } from './second-law.ts'
import { vmg } from './vmg.ts'
import { xorAmplification } from './xor-amplification.ts'

const equations: readonly AnyScenario[] = [
  equation01,
  equation02,
  equation03,
  equation04,
  equation05,
  equation06,
  equation07,
  equation08,
  equation09,
  equation10,
  equation11,
  equation12,
  equation13,
]

const sections: readonly AnyScenario[] = [secondLaw, naturalDefence, advancedDefence]

/** On the resistive loop; `cableScenarios` are on real cables. */
const literature: readonly AnyScenario[] = [
  pTables,
  instruments,
  bergouScheuerYariv,
  haoTemperature,
  bitErrors,
  intelligent,
  multiple,
  keyed,
  vmg,
  randomResistor,
  randomNumbers,
  generatorNonlinearity,
  groundLoops,
  nonGaussian,
  xorAmplification,
  fidelity,
  noiseSources,
  ...cableScenarios,
]

export const scenarios: readonly AnyScenario[] = [
  ...equations,
  ...sections,
  ...literature,
  paperMode({ equations, sections, literature }),
]
