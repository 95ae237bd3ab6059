import type { AnyScenario } from '../scenario.ts'
import { advancedDefence } from './advanced-defence.ts'
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
import { instruments } from './instruments.ts'
import { naturalDefence } from './natural-defence.ts'
import { pTables } from './p-tables.ts'
import { secondLaw } from './second-law.ts'

export const scenarios: readonly AnyScenario[] = [
  // the paper: its equations, its attack, its defences
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
  secondLaw,
  naturalDefence,
  advancedDefence,
  pTables,
  instruments,
]
