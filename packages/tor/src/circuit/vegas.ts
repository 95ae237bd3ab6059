/**
 * Parameters of congestion control by the names of the consensus, without `cc_` (tor-spec, "Congestion control";
 * proposal 324 §6.5). Windows are in cells; percentages are whole numbers.
 */
export interface VegasParameters {
  readonly cwndInit: number
  readonly cwndMin: number
  readonly cwndMax: number
  /** Cells that the window changes by, and how many times a window's worth of cells it may. */
  readonly cwndInc: number
  readonly cwndIncRate: number
  /** How much of a SENDME's cells the window grows by for each, in slow start. */
  readonly cwndIncPctSs: number
  /** How far the window may be from its last cell and still count as full, in SENDMEs; below which part it does not. */
  readonly cwndFullGap: number
  readonly cwndFullMinPct: number
  readonly ewmaCwndPct: number
  readonly ewmaMax: number
  readonly ewmaSs: number
  readonly rttResetPct: number
  /** Cells in queues: grow below alpha, shrink above beta, at once above delta; gamma ends slow start. */
  readonly alpha: number
  readonly beta: number
  readonly gamma: number
  readonly delta: number
  /** From here slow start grows slower (RFC 3742), and here it ends. */
  readonly ssCap: number
  readonly ssMax: number
}

/** C-tor's defaults for onion services, which the public network uses: queues of six hops. */
export const ONION_VEGAS: VegasParameters = {
  cwndInit: 124,
  cwndMin: 124,
  cwndMax: 2 ** 31 - 1,
  cwndInc: 1,
  cwndIncRate: 31,
  cwndIncPctSs: 100,
  cwndFullGap: 4,
  cwndFullMinPct: 25,
  ewmaCwndPct: 50,
  ewmaMax: 10,
  ewmaSs: 2,
  rttResetPct: 100,
  alpha: 186,
  beta: 372,
  gamma: 248,
  delta: 434,
  ssCap: 475,
  ssMax: 5000,
}

/** C-tor's defaults for exits: queues of three hops. */
export const EXIT_VEGAS: VegasParameters = {
  ...ONION_VEGAS,
  alpha: 186,
  beta: 248,
  gamma: 186,
  delta: 310,
  ssCap: 600,
}

/** What one acknowledgement tells. */
export interface Acknowledgement {
  /** Since the cell left that it quotes, in microseconds; positive. */
  rttMicros: number
  /** Cells under way, the acknowledged ones too. */
  inflight: number
  /** Our own connection has no room. */
  isBlocked: boolean
}

/**
 * TOR_VEGAS (proposal 324 §3.3): a window of cells that grows while cells do not queue on the way, judged by how much
 * longer than at best they take. All divisions are of whole numbers, as in C-tor, so that both compute the same.
 */
export class Vegas {
  readonly #p: VegasParameters
  readonly #increment: number
  #cwnd: number
  #isSlowStart = true
  #isFull = false
  #wasBlocked = false
  /** SENDMEs until the window may change again, and until a window's worth has passed. */
  #untilChange: number
  #untilWindow = 0
  #minRtt = 0
  #ewmaRtt = 0

  /** `increment`: cells that one SENDME acknowledges. */
  constructor(parameters: VegasParameters, increment: number) {
    this.#p = parameters
    this.#increment = increment
    this.#cwnd = parameters.cwndInit
    this.#untilChange = this.#changeRate()
  }

  /** Cells that may be under way. */
  get cwnd(): number {
    return this.#cwnd
  }

  get isSlowStart(): boolean {
    return this.#isSlowStart
  }

  acknowledge({ rttMicros, inflight, isBlocked }: Acknowledgement): void {
    if (this.#untilChange > 0) this.#untilChange--
    if (this.#untilWindow > 0) this.#untilWindow--
    this.#noteRtt(rttMicros)
    const bdp = whole((this.#cwnd * this.#minRtt) / this.#ewmaRtt)
    if (isBlocked !== this.#wasBlocked) this.#untilChange = 0
    this.#wasBlocked = isBlocked
    const queued = Math.max(0, this.#cwnd - bdp)
    if (inflight + this.#p.cwndFullGap * this.#increment >= this.#cwnd) this.#isFull = true
    else if (100 * inflight < this.#p.cwndFullMinPct * this.#cwnd) this.#isFull = false

    if (this.#isSlowStart) this.#slowStart(bdp, queued, isBlocked)
    else if (this.#untilChange === 0) this.#steady(bdp, queued, isBlocked)

    if (this.#untilWindow === 0) {
      this.#untilWindow = this.#perWindow()
      this.#isFull = false
    }
    if (this.#untilChange === 0) this.#untilChange = this.#changeRate()
    this.#cwnd = Math.min(this.#cwnd, this.#p.cwndMax)
  }

  #slowStart(bdp: number, queued: number, isBlocked: boolean): void {
    const { gamma, ssMax, cwndInc, cwndIncRate } = this.#p
    if (queued >= gamma || isBlocked) {
      this.#cwnd = bdp + gamma
      this.#isSlowStart = false
    } else if (this.#isFull) {
      const more = this.#slowStartIncrement()
      this.#cwnd += more
      if (more * this.#perWindow() <= cwndInc * cwndIncRate) this.#isSlowStart = false
    }
    if (this.#cwnd >= ssMax) {
      this.#cwnd = ssMax
      this.#isSlowStart = false
    }
  }

  /** RFC 3742, limited slow start. */
  #slowStartIncrement(): number {
    const { ssCap, cwndIncPctSs } = this.#p
    if (this.#cwnd <= ssCap) return whole((cwndIncPctSs * this.#increment + 50) / 100)
    return Math.max(1, whole((this.#increment * ssCap + this.#cwnd) / (2 * this.#cwnd)))
  }

  #steady(bdp: number, queued: number, isBlocked: boolean): void {
    const { alpha, beta, delta, cwndInc, cwndMin } = this.#p
    if (queued > delta) this.#cwnd = bdp + delta - cwndInc
    else if (queued > beta || isBlocked) this.#cwnd -= cwndInc
    else if (this.#isFull && queued < alpha) this.#cwnd += cwndInc
    this.#cwnd = Math.max(this.#cwnd, cwndMin)
  }

  /** Smoothed over N acknowledgements; the least of the smoothed ones stands for an empty path. */
  #noteRtt(rtt: number): void {
    const { ewmaSs, ewmaMax, ewmaCwndPct, rttResetPct, cwndMin } = this.#p
    const wanted = this.#isSlowStart
      ? ewmaSs
      : Math.min(whole((this.#changeRate() * ewmaCwndPct) / 100), ewmaMax)
    const n = Math.max(wanted, 2)
    this.#ewmaRtt = this.#ewmaRtt === 0 ? rtt : whole((2 * rtt + (n - 1) * this.#ewmaRtt) / (n + 1))
    if (this.#minRtt === 0) this.#minRtt = this.#ewmaRtt
    else if (this.#cwnd === cwndMin && !this.#isSlowStart) {
      // A window at its least may owe that to a time that was too good to be true.
      const [low, high] = [Math.min(this.#ewmaRtt, this.#minRtt), Math.max(this.#ewmaRtt, this.#minRtt)]
      this.#minRtt = whole((rttResetPct * high + (100 - rttResetPct) * low) / 100)
    } else this.#minRtt = Math.min(this.#minRtt, this.#ewmaRtt)
  }

  /** SENDMEs between changes of the window. */
  #changeRate(): number {
    if (this.#isSlowStart) return 1
    const cells = this.#p.cwndIncRate * this.#increment
    return whole((this.#cwnd + whole(cells / 2)) / cells)
  }

  /** SENDMEs in a window's worth of cells. */
  #perWindow(): number {
    return whole((this.#cwnd + whole(this.#increment / 2)) / this.#increment)
  }
}

function whole(value: number): number {
  return Math.floor(value)
}
