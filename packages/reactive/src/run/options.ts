/** Where the paper's text can be read in two ways. The first of each is the default. */
export interface Reading {
  /**
   * When the run ends, once the master scheduler is final. `next-activation`: when clk◁? would switch it again,
   * so that what it sent last is still delivered, as the proof of Lemma 5 needs. `new-state`: straight after the switch
   * that made it final, as the formal definition of a run says.
   */
  readonly halting: 'next-activation' | 'new-state'
  /** Several clock-outs in one activation: the first is kept (formal), or it is an error (Appendix A: at most one). */
  readonly clockOuts: 'keep-first' | 'refuse'
  /** A clock-out beyond the end of its buffer: nothing is delivered (formal), or it is an error. */
  readonly outOfRange: 'no-output' | 'refuse'
}

export const DEFAULT_READING: Reading = {
  halting: 'next-activation',
  clockOuts: 'keep-first',
  outOfRange: 'no-output',
}

/** What a computation may use before it stops with an error, or an interval, that says what was reached. */
export interface Budget {
  /** States of one machine. */
  readonly states: number
  /** Messages waiting in one buffer. */
  readonly queue: number
  /** Activations that are really executed. */
  readonly activations: number
  /** Joint situations of a collection. */
  readonly situations: number
  /** Views, or classes of views, that are looked at. */
  readonly views: number
}

export const DEFAULT_BUDGET: Budget = {
  states: 100_000,
  queue: 10_000,
  activations: 20_000_000,
  situations: 200_000,
  views: 20_000_000,
}
