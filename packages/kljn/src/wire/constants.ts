/** Boltzmann's constant, exact since the SI of 2019. */
export const BOLTZMANN_JOULES_PER_KELVIN = 1.380649e-23

/** Speed of light in vacuum, exact. */
export const LIGHT_METRES_PER_SECOND = 299_792_458

/** ⟨U²⟩ = 4kTR·Δf: the paper's eq. (2), Johnson's formula. In V². */
export function johnsonVoltsSquared(
  temperatureKelvin: number,
  resistanceOhms: number,
  bandwidthHertz: number,
): number {
  return 4 * BOLTZMANN_JOULES_PER_KELVIN * temperatureKelvin * resistanceOhms * bandwidthHertz
}
