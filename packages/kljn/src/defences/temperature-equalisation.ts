import type { Loop } from '../wire/model.ts'
import { checkLoop } from '../wire/model.ts'

/**
 * The paper's "natural" defence (§2.2): the cable is as hot as the resistors. In equilibrium no power flows, so the
 * Second-Law attack sees nothing; the two ends' mean squares now differ by K·R_c(R_H − R_L)/S, linear in R_c, so the
 * BSY attack sees more than before.
 */
export function equaliseTemperature(loop: Loop): Loop {
  return checkLoop({
    ...loop,
    line: { ...loop.line, temperatureKelvin: loop.alice.high.temperatureKelvin },
  })
}
