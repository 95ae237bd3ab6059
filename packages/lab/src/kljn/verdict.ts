import type { Verdict } from '../scenario.ts'

/** How many standard errors a measurement may be off: a false alarm in 1.7 million checks. */
const SIGMAS = 5
export const FALSE_ALARM = '5.7e-7'

const figure = (n: number) => (Object.is(n, -0) ? '0' : String(Number(n.toPrecision(4))))

/** `size` says what the standard error rests on: `N = 200, 1e5 bits`. */
export function agrees(measured: number, expected: number, standardError: number, size: string): Verdict {
  return {
    verdict: Math.abs(measured - expected) <= SIGMAS * standardError ? 'holds' : 'fails',
    measured: `${figure(measured)} (σ ${figure(standardError)}, ${size})`,
    expected: `${figure(expected)} within 5σ (false alarm ${FALSE_ALARM}; seed by --seed, 1 unless given)`,
  }
}

/** A share of `count` trials against the chance it should have. */
export function shareAgrees(right: number, count: number, expected: number, size: string): Verdict {
  const standardError = Math.sqrt(Math.max(expected * (1 - expected), 1 / count) / count)
  return agrees(right / count, expected, standardError, size)
}

/** The positive control: what was planted must be seen. */
export function differs(measured: number, planted: number, standardError: number, size: string): Verdict {
  return {
    verdict: Math.abs(measured - planted) > SIGMAS * standardError ? 'holds' : 'fails',
    measured: `${figure(measured)} (σ ${figure(standardError)}, ${size})`,
    expected: `more than 5σ away from the planted ${figure(planted)}`,
  }
}

/** Arithmetic: no chance is involved. */
export function equals(measured: number, expected: number, tolerance: number): Verdict {
  return {
    verdict: Math.abs(measured - expected) <= tolerance ? 'holds' : 'fails',
    measured: figure(measured),
    expected: `${figure(expected)} within ${figure(tolerance)}`,
  }
}

export function above(measured: number, bound: number): Verdict {
  return {
    verdict: measured > bound ? 'holds' : 'fails',
    measured: figure(measured),
    expected: `more than ${figure(bound)}`,
  }
}

export function below(measured: number, bound: number): Verdict {
  return {
    verdict: measured < bound ? 'holds' : 'fails',
    measured: figure(measured),
    expected: `less than ${figure(bound)}`,
  }
}
