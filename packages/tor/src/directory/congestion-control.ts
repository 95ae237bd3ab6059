import { EXIT_VEGAS, ONION_VEGAS, type VegasParameters } from '../circuit/vegas.ts'
import { type Consensus, parameter } from './consensus.ts'

/** Congestion control as the network wants it (proposal 324 §6.5). */
export interface CongestionParameters {
  readonly parameters: VegasParameters
  /** Cells that one SENDME acknowledges, `cc_sendme_inc`. */
  readonly sendmeIncrement: number
}

const CC_ALG_VEGAS = 2
const MOST = 2 ** 31 - 1

/**
 * Congestion control for circuits that end at an exit or at an onion service, with C-tor's defaults and bounds;
 * `undefined` where the consensus (`cc_alg`) wants none.
 */
export function congestionParameters(
  consensus: Consensus,
  path: 'exit' | 'onion',
): CongestionParameters | undefined {
  const bounded = (name: string, fallback: number, least: number, most: number) =>
    parameter(consensus, name, { fallback, least, most })
  if (bounded('cc_alg', CC_ALG_VEGAS, 0, 3) !== CC_ALG_VEGAS) return undefined
  const d = path === 'exit' ? EXIT_VEGAS : ONION_VEGAS
  return {
    sendmeIncrement: bounded('cc_sendme_inc', 31, 1, 254),
    parameters: {
      cwndInit: bounded('cc_cwnd_init', d.cwndInit, 31, 10_000),
      cwndMin: bounded('cc_cwnd_min', d.cwndMin, 31, 1000),
      cwndMax: bounded('cc_cwnd_max', d.cwndMax, 500, MOST),
      cwndInc: bounded('cc_cwnd_inc', d.cwndInc, 1, 1000),
      cwndIncRate: bounded('cc_cwnd_inc_rate', d.cwndIncRate, 1, 250),
      cwndIncPctSs: bounded('cc_cwnd_inc_pct_ss', d.cwndIncPctSs, 1, 500),
      cwndFullGap: bounded('cc_cwnd_full_gap', d.cwndFullGap, 0, 32_767),
      cwndFullMinPct: bounded('cc_cwnd_full_minpct', d.cwndFullMinPct, 0, 100),
      ewmaCwndPct: bounded('cc_ewma_cwnd_pct', d.ewmaCwndPct, 1, 255),
      ewmaMax: bounded('cc_ewma_max', d.ewmaMax, 2, MOST),
      ewmaSs: bounded('cc_ewma_ss', d.ewmaSs, 2, MOST),
      rttResetPct: bounded('cc_rtt_reset_pct', d.rttResetPct, 0, 100),
      alpha: bounded(`cc_vegas_alpha_${path}`, d.alpha, 0, 1000),
      beta: bounded(`cc_vegas_beta_${path}`, d.beta, 0, 1000),
      gamma: bounded(`cc_vegas_gamma_${path}`, d.gamma, 0, 1000),
      delta: bounded(`cc_vegas_delta_${path}`, d.delta, 0, MOST),
      ssCap: bounded(`cc_sscap_${path}`, d.ssCap, 100, MOST),
      ssMax: bounded('cc_ss_max', d.ssMax, 500, MOST),
    },
  }
}
