import { unsafeSeededRng } from '@warren/primitives/seeded-rng'
import type { NetworkConfiguration } from '@warren/tor'
import { LabError } from './errors.ts'
import type { Figure } from './figure.ts'
import { resolveParameters } from './parameters.ts'
import type { AnyScenario, Need, Progress, Scenario, TraceEvent, Verdict } from './scenario.ts'

export interface RunOptions {
  /** Strings are parsed as the command line gives them. */
  parameters?: Readonly<Record<string, unknown>>
  seed?: string | number
  signal?: AbortSignal
  progress?: Progress
  emit?: (event: TraceEvent) => void
  /** For scenarios that need a Tor network. */
  torNetwork?: NetworkConfiguration
}

export interface ClaimOutcome extends Verdict {
  id: string
  scenario: string
  statement: string
  source: string
  stands: 'holds' | 'fails'
  /** Time of the run and the check that gave it; runs are shared by the claims of one scenario. */
  ms: number
}

export interface RunOutcome {
  scenario: string
  title: string
  parameters: unknown
  seed: string | number
  figures: Figure[]
  claims: ClaimOutcome[]
  ms: number
}

export const DEFAULT_SEED = 1

const silent: Progress = { report: () => {} }

/** A scenario whose claims were not checked, because nobody gave what it needs. */
export interface Skipped {
  scenario: string
  needs: Need
}

/**
 * Runs one scenario. Throws LabError `lab/parameter`, `lab/cancelled` when the signal stops it, `lab/needs-network`
 * when it needs what is not given.
 */
export async function runScenario(scenario: AnyScenario, options: RunOptions = {}): Promise<RunOutcome> {
  return runTyped(scenario as unknown as Scenario<unknown, unknown>, options)
}

async function runTyped<P, R>(scenario: Scenario<P, R>, options: RunOptions): Promise<RunOutcome> {
  const parameters = resolveParameters(scenario.parameters, options.parameters ?? {})
  const seed = options.seed ?? DEFAULT_SEED
  const signal = options.signal ?? new AbortController().signal
  const started = performance.now()
  let result: R
  try {
    signal.throwIfAborted()
    result = await scenario.run(parameters, {
      rng: unsafeSeededRng(`${scenario.id}/${seed}`),
      signal,
      progress: options.progress ?? silent,
      emit: options.emit ?? (() => {}),
      ...(options.torNetwork === undefined ? {} : { torNetwork: options.torNetwork }),
    })
  } catch (cause) {
    if (signal.aborted) throw new LabError('lab/cancelled', `${scenario.id} was cancelled`, { cause })
    throw cause
  }
  const ran = performance.now() - started
  const claims = scenario.claims.map((claim): ClaimOutcome => {
    const { id, statement, source, stands } = claim
    const before = performance.now()
    const verdict = claim.check(result)
    return {
      id,
      scenario: scenario.id,
      statement,
      source,
      stands,
      ...verdict,
      ms: ran + performance.now() - before,
    }
  })
  return {
    scenario: scenario.id,
    title: scenario.title,
    parameters,
    seed,
    figures: scenario.figures(result),
    claims,
    ms: ran,
  }
}

/**
 * Checks every claim of the given scenarios with their default parameters. Those that need what is not given are skipped
 * and named; they do not make a check fail.
 */
export async function checkClaims(
  scenarios: readonly AnyScenario[],
  options: Omit<RunOptions, 'parameters'> = {},
): Promise<{ claims: ClaimOutcome[]; skipped: Skipped[]; asExpected: boolean }> {
  const claims: ClaimOutcome[] = []
  const skipped: Skipped[] = []
  let done = 0
  for (const scenario of scenarios) {
    options.progress?.report(done / scenarios.length, scenario.id)
    if (scenario.needs === 'tor-network' && options.torNetwork === undefined)
      skipped.push({ scenario: scenario.id, needs: scenario.needs })
    else claims.push(...(await runScenario(scenario, options)).claims)
    done++
  }
  options.progress?.report(1)
  return { claims, skipped, asExpected: claims.every((claim) => claim.verdict === claim.stands) }
}
