import type { Rng } from '@warren/primitives/rng'
import type { NetworkConfiguration } from '@warren/tor'
import { LabError } from './errors.ts'
import type { Figure } from './figure.ts'
import type { ParameterSchema } from './parameters.ts'

export const COLLECTIONS = [
  'recovery',
  'private-services',
  'network-security',
  'kljn',
  'simulatability',
] as const
export type Collection = (typeof COLLECTIONS)[number]
/** The five papers, by the short names of docs/naming.md; each has one collection. */
export type Paper = Collection

/** What happens inside a run, as it happens: messages between parties, steps, measurements. */
export interface TraceEvent {
  kind: 'message' | 'step' | 'measurement'
  from?: string
  to?: string
  label: string
  data?: unknown
}

export interface Progress {
  /** `fraction` in [0, 1]; `note` says what is being done. */
  report(fraction: number, note?: string): void
}

/**
 * What a scenario needs that only its user can give. `tor-network`: a private network of real relays, as `npm run
 * tor-network` starts one, and a system on which programs can be run.
 */
export type Need = 'tor-network'

/** What a user who lacks it does. */
export const NEEDS: Record<Need, string> = {
  'tor-network':
    'a Tor network of your own: `npm run tor-network` starts one and describes it, `--tor-network FILE` names its description',
}

export interface RunContext {
  rng: Rng
  signal: AbortSignal
  progress: Progress
  emit(event: TraceEvent): void
  /** There when the user gave it; a scenario that needs it asks `torNetworkOf`. */
  torNetwork?: NetworkConfiguration
}

export interface Verdict {
  verdict: 'holds' | 'fails' | 'inconclusive'
  measured: string
  expected: string
}

/** What a paper says, and what one run says of it. */
export interface Claim<R> {
  /** Unique inside its scenario. */
  id: string
  statement: string
  /** Section, equation, table or figure; or `beyond the paper`. */
  source: string
  /** What is known of it: a paper's error stands as `fails`, beside the mended claim that `holds`. */
  stands: 'holds' | 'fails'
  check(result: R): Verdict
}

export interface Scenario<P, R> {
  /** The name in URLs, on the command line and in tests: `kljn/second-law`. */
  id: `${Collection}/${string}`
  title: string
  source: { paper: Paper; section: string }
  /** One paragraph of Markdown. */
  summary: string
  parameters: ParameterSchema<P>
  /** Without it, `warren lab check` skips the scenario by name, and a run is refused. Only Node can run it. */
  needs?: Need
  /** Deterministic under `context.rng`, unless it needs something. Stops at `context.signal`, by its reason. */
  run(parameters: P, context: RunContext): Promise<R>
  figures(result: R): Figure[]
  claims: readonly Claim<R>[]
}

/** A scenario of any type, as the registry holds it. */
export type AnyScenario = Scenario<never, never>

/** The network of a scenario that needs one. Throws LabError `lab/needs-network`. */
export function torNetworkOf(scenario: string, { torNetwork }: RunContext): NetworkConfiguration {
  if (torNetwork !== undefined) return torNetwork
  throw new LabError('lab/needs-network', `${scenario} needs ${NEEDS['tor-network']}`)
}

/** Keeps the types of parameters and result inside a definition, and forgets them outside. */
export function defineScenario<P, R>(scenario: Scenario<P, R>): AnyScenario {
  return scenario as unknown as AnyScenario
}
