/** What the ends show at one moment. Both currents count as positive from Alice to Bob. */
export interface EndSample {
  voltageA: number
  currentA: number
  voltageB: number
  currentB: number
}

/** A loop that is stepped through time from rest: nothing is on the line, and the switches close at the first step. */
export interface TimeSolver {
  readonly stepSeconds: number
  /**
   * One step, with the generators' voltages at its end; `injectedAmperes` flow into the middle of the line, from
   * somebody who has no business there. The result is overwritten by the next step.
   */
  step(aliceVolts: number, bobVolts: number, injectedAmperes?: number): Readonly<EndSample>
}
