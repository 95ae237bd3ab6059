import type { AnyScenario } from '../scenario.ts'
import { apProtocols } from './ap-protocols.ts'
import { authenticationScenario } from './authentication.ts'
import { composition } from './composition.ts'
import { leakPerInvocation } from './leak-per-invocation.ts'
import { lemma2 } from './lemma-2.ts'
import { lemma4 } from './lemma-4.ts'
import { lemma5 } from './lemma-5.ts'
import { noiseKeyScenario } from './noise-key.ts'
import { oneTimePadScenario } from './one-time-pad.ts'
import { restrictedUsers } from './restricted-users.ts'
import { secretSharing } from './sharing.ts'
import { smallFunctions } from './small-functions.ts'
import { text } from './text.ts'
import { theorem8 } from './theorem-8.ts'

/** The paper in its order, then models beyond it. */
export const scenarios: readonly AnyScenario[] = [
  lemma2,
  smallFunctions,
  composition,
  lemma4,
  lemma5,
  restrictedUsers,
  leakPerInvocation,
  theorem8,
  text,
  oneTimePadScenario,
  authenticationScenario,
  apProtocols,
  noiseKeyScenario,
  secretSharing,
]
