import { defineScenario } from '../scenario.ts'
import { lookUp, observe } from './actors.ts'
import { APPROACHES, type Approach, labService } from './approaches.ts'
import { LabNetwork } from './world.ts'

const HOUR_SECONDS = 3600
/** After the change, after the last descriptor's lifetime, and in the next time period. */
const MOMENTS = [
  { name: 'at once', hours: 0 },
  { name: 'after 4 hours', hours: 4 },
  { name: 'after a day', hours: 24 },
] as const
const CAUSES = ['removed', 'switched off', 'never was'] as const
type Cause = (typeof CAUSES)[number]

/** For each approach and moment: what Dave observes for each of the three causes. */
type Observations = Record<Approach, Record<string, Record<Cause, string>>>

function areEqual(result: Observations, approach: Approach, moment: string, causes: readonly Cause[]) {
  const seen = causes.map((cause) => result[approach][moment]?.[cause] ?? '')
  return {
    verdict: new Set(seen).size === 1 ? ('holds' as const) : ('fails' as const),
    measured: causes.map((cause, i) => `${cause}: ${seen[i]}`).join(' | '),
    expected: `${causes.join(' and ')} give the same answers ${moment}`,
  }
}

export const silence = defineScenario<{ relays: number }, Observations>({
  id: 'private-services/silence',
  title: 'Removed, never was, switched off: do they look the same?',
  source: { paper: 'private-services', section: '1, 4.2' },
  summary:
    'Dave keeps his credential and the introduction points of his last descriptor. He is removed; or the service is switched off; or his credential never belonged to any service. He asks every directory and every introduction point that he knows, and compares.',
  parameters: {
    relays: { kind: 'integer', help: 'relays in the network', default: 60, min: 20, max: 7000 },
  },
  run({ relays }, { rng }) {
    const observeAll = (approach: Approach, cause: Cause) => {
      const network = new LabNetwork(relays, rng)
      const service = labService(approach, network, rng)
      service.invite('Alice')
      const dave =
        cause === 'never was' ? labService(approach, network, rng).invite('Dave') : service.invite('Dave')
      service.publish()
      const remembered = lookUp(network, dave) ?? []
      if (cause === 'removed') service.remove(dave)
      if (cause === 'switched off') service.switchOff()
      return MOMENTS.map(({ name, hours }, i) => {
        network.nowSeconds += (hours - (MOMENTS[i - 1]?.hours ?? 0)) * HOUR_SECONDS
        if (cause !== 'switched off') service.publish()
        return [name, observe(network, dave, remembered, rng).join(', ')] as const
      })
    }
    const result = Object.fromEntries(
      APPROACHES.map((approach) => {
        const byMoment: Record<string, Record<string, string>> = {}
        for (const cause of CAUSES)
          for (const [moment, seen] of observeAll(approach, cause))
            byMoment[moment] = { ...byMoment[moment], [cause]: summarise(seen) }
        return [approach, byMoment]
      }),
    ) as Observations
    return Promise.resolve(result)
  },
  figures: (result) => [
    {
      kind: 'table',
      title: 'What Dave sees',
      columns: [{ name: 'approach' }, { name: 'when' }, ...CAUSES.map((name) => ({ name }))],
      rows: APPROACHES.flatMap((approach) =>
        MOMENTS.map(({ name }) => [
          approach,
          name,
          ...CAUSES.map((cause) => result[approach][name]?.[cause] ?? null),
        ]),
      ),
    },
  ],
  claims: [
    ...MOMENTS.map(({ name }) => ({
      id: `removed-is-off-${name.replaceAll(' ', '-')}`,
      statement: `To a removed client the service appears unavailable, as if it were switched off (${name}).`,
      source: '§1, Conceal Service Activity; mended by ERRATA',
      stands: 'holds' as const,
      check: (result: Observations) => areEqual(result, 'extension', name, ['removed', 'switched off']),
    })),
    {
      id: 'removed-is-never',
      statement:
        'Once the last descriptor has expired, "removed" and "never was" look the same at the directories.',
      source: 'beyond the paper',
      stands: 'holds',
      check(result) {
        const directories = (cause: Cause) => result.extension['after 4 hours']?.[cause].split('; ')[0] ?? ''
        const [removed, never] = [directories('removed'), directories('never was')]
        return {
          verdict: removed === never ? 'holds' : 'fails',
          measured: `removed: ${removed} | never was: ${never}`,
          expected: 'the same answers',
        }
      },
    },
    {
      id: 'paper-removed-is-off',
      statement: 'The same for the extension as the paper has it, where introduction points stay.',
      source: '§4.2',
      stands: 'fails',
      check: (result) =>
        areEqual(result, 'extension as in the paper', 'at once', ['removed', 'switched off']),
    },
    {
      id: 'single-removed-is-off',
      statement: 'The same for one service for all clients.',
      source: '§3.1',
      stands: 'fails',
      check: (result) => areEqual(result, 'one service', 'after a day', ['removed', 'switched off']),
    },
    {
      id: 'separate-removed-is-off',
      statement:
        'The same for one service for each client: as soon as it is stopped, the removed client learns nothing.',
      source: '§3.2',
      stands: 'holds',
      check: (result) => areEqual(result, 'one per client', 'at once', ['removed', 'switched off']),
    },
  ],
})

/** Counts equal answers: `directory: 404 ×8; introduction point: 1 ×3`. */
function summarise(seen: string): string {
  const counts = new Map<string, number>()
  for (const answer of seen.split(', ')) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  return [...counts].map(([answer, count]) => `${answer} ×${count}`).join('; ')
}
