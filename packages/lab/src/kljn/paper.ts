import type { Figure } from '../figure.ts'
import { type RunOutcome, runScenario } from '../run.ts'
import { type AnyScenario, defineScenario } from '../scenario.ts'

interface Result {
  outcomes: RunOutcome[]
}

export interface PaperContents {
  equations: readonly AnyScenario[]
  /** The attack and the two defences. */
  sections: readonly AnyScenario[]
  /** What came before and after, and what the spec adds. */
  literature: readonly AnyScenario[]
}

const claimsOf = ({ outcomes }: Result) => outcomes.flatMap((outcome) => outcome.claims)

/** Paper mode: the scenarios of the paper, one after the other, as one report. */
export function paperMode({ equations, sections, literature }: PaperContents): AnyScenario {
  const contents: Record<string, readonly AnyScenario[]> = {
    equations,
    paper: [...equations, ...sections],
    everything: [...equations, ...sections, ...literature],
  }
  return defineScenario<{ scope: string; figures: boolean }, Result & { withFigures: boolean }>({
    id: 'kljn/paper',
    title: 'The whole paper, in one run',
    source: { paper: 'kljn', section: 'all' },
    summary:
      'Runs the scenarios of the paper from eq. (1) to the advanced defence (`scope=paper`), its equations alone, or everything there is about KLJN here, and lists every claim with its verdict.',
    parameters: {
      scope: { kind: 'choice', default: 'equations', choices: Object.keys(contents), help: 'what to run' },
      figures: { kind: 'flag', default: false, help: 'show the figures of every scenario, too' },
    },
    async run({ scope, figures }, { rng, signal, progress }) {
      const outcomes: RunOutcome[] = []
      const all = contents[scope] ?? []
      for (const [i, scenario] of all.entries()) {
        signal.throwIfAborted()
        progress.report(i / all.length, scenario.id)
        const seed = Array.from(rng.bytes(8), (byte) => byte.toString(16).padStart(2, '0')).join('')
        outcomes.push(await runScenario(scenario, { seed, signal }))
      }
      return { outcomes, withFigures: figures }
    },
    figures: (result): Figure[] => [
      {
        kind: 'table',
        title: 'Every claim and its verdict',
        columns: [
          { name: 'scenario' },
          { name: 'claim' },
          { name: 'source' },
          { name: 'known' },
          { name: 'found' },
        ],
        rows: claimsOf(result).map((claim) => [
          claim.scenario.replace('kljn/', ''),
          claim.id,
          claim.source,
          claim.stands,
          claim.verdict,
        ]),
      },
      ...(result.withFigures
        ? result.outcomes.flatMap(({ title, figures }) =>
            figures.map((figure) => ({ ...figure, title: `${title}: ${figure.title}` })),
          )
        : []),
    ],
    claims: [
      {
        id: 'as-known',
        statement: 'Under another seed, too, every claim has the verdict that is known of it',
        source: 'beyond the paper',
        stands: 'holds',
        check: (result) => {
          const claims = claimsOf(result)
          const odd = claims.filter((claim) => claim.verdict !== claim.stands)
          return {
            verdict: odd.length === 0 ? 'holds' : 'fails',
            measured: `${claims.length - odd.length} of ${claims.length}${odd.map((c) => ` ${c.scenario}#${c.id}`).join('')}`,
            expected: `all (false alarm at most ${claims.length} × 5.7e-7)`,
          }
        },
      },
      {
        id: 'no-errors',
        statement: 'The paper has no wrong equation',
        source: 'eqs. (1)–(13)',
        stands: 'fails',
        check: (result) => {
          const wrong = [
            ...new Set(
              claimsOf(result)
                .filter((claim) => claim.verdict === 'fails' && claim.source.startsWith('eq. ('))
                .map((claim) => claim.source),
            ),
          ]
          return {
            verdict: wrong.length === 0 ? 'holds' : 'fails',
            measured: wrong.length === 0 ? 'none' : wrong.join(', '),
            expected: 'none',
          }
        },
      },
    ],
  })
}
