import { LabError } from './errors.ts'
import { type AnyScenario, COLLECTIONS, type Collection } from './scenario.ts'

/** Loaded when asked for: `warren lab list kljn` does not pay for the Tor protocol. */
const LOADERS: Record<Collection, () => Promise<{ scenarios: readonly AnyScenario[] }>> = {
  recovery: () => import('./recovery/index.ts'),
  'private-services': () => import('./private-services/index.ts'),
  'network-security': () => import('./network-security/index.ts'),
  kljn: () => import('./kljn/index.ts'),
  simulatability: () => import('./simulatability/index.ts'),
}

function isCollection(name: string): name is Collection {
  return (COLLECTIONS as readonly string[]).includes(name)
}

/** The scenarios of one collection, or of all. Throws LabError `lab/unknown-collection`. */
export async function listScenarios(collection?: string): Promise<readonly AnyScenario[]> {
  if (collection === undefined)
    return (await Promise.all(COLLECTIONS.map((name) => LOADERS[name]()))).flatMap((m) => m.scenarios)
  if (!isCollection(collection))
    throw new LabError(
      'lab/unknown-collection',
      `there is no collection ${JSON.stringify(collection)}; there are ${COLLECTIONS.join(', ')}`,
    )
  return (await LOADERS[collection]()).scenarios
}

/** Throws LabError `lab/unknown-scenario`. */
export async function findScenario(id: string): Promise<AnyScenario> {
  const [collection = ''] = id.split('/', 1)
  const scenario = isCollection(collection)
    ? (await listScenarios(collection)).find((s) => s.id === id)
    : undefined
  if (scenario === undefined)
    throw new LabError(
      'lab/unknown-scenario',
      `there is no scenario ${JSON.stringify(id)}; see \`warren lab list\``,
    )
  return scenario
}
