import { ReplayCache, type TimePeriod } from '@warren/tor/onion'
import type { ClientId, ClientKey } from './client-key.ts'
import { PrivateServiceError } from './errors.ts'
import { Roster } from './roster.ts'

/** The group of everybody whom the owner puts in no other: with this one alone the protocol is the paper's (§4.2). */
export const COMMON_GROUP = 'common'

/** Each takes introduction circuits of its own, three by default: 16 groups hold 48. */
export const MOST_GROUPS = 16

const NAME = /^[a-z0-9][a-z0-9-]{0,31}$/

/** The name itself. Throws PrivateServiceError `private-service/group` for what cannot be one. */
export function groupName(text: string): string {
  if (!NAME.test(text))
    throw new PrivateServiceError(
      'private-service/group',
      'A group is named by 1 to 32 lower-case letters (a to z), digits and hyphens, and not by a hyphen first.',
    )
  return text
}

/**
 * Clients who share introduction points. Nothing that a client meets on its way in is shared between two groups, so
 * that clients of both who compare notes do not find that their service is one.
 */
export class IntroductionGroup {
  readonly name: string
  readonly roster = new Roster()
  /**
   * Of this group alone. In a cache for all, a rendezvous cookie that one client has used would be refused to a client
   * of another group, who could tell from it; and a removal could not clear it while other introduction points stand.
   */
  readonly replays = new ReplayCache()

  constructor(name: string) {
    this.name = groupName(name)
  }
}

/** All groups of a service: the common one always, each other as long as it has clients. */
export class IntroductionGroups {
  readonly #groups = new Map<string, IntroductionGroup>()
  #periods: readonly TimePeriod[] = []

  constructor() {
    this.obtain(COMMON_GROUP)
  }

  /**
   * The group of that name; a new one where there is none.
   * Throws PrivateServiceError `private-service/group`, `private-service/too-many-groups`.
   */
  obtain(name: string): IntroductionGroup {
    const found = this.#groups.get(name)
    if (found !== undefined) return found
    const group = new IntroductionGroup(name)
    if (this.#groups.size >= MOST_GROUPS)
      throw new PrivateServiceError(
        'private-service/too-many-groups',
        `There are ${MOST_GROUPS} groups already, and each needs introduction circuits of its own: choose one of them.`,
      )
    group.roster.setPeriods(this.#periods)
    this.#groups.set(name, group)
    return group
  }

  /** The common one first. */
  all(): readonly IntroductionGroup[] {
    return [...this.#groups.values()]
  }

  of(client: ClientId): IntroductionGroup | undefined {
    return this.all().find(({ roster }) => roster.get(client) !== undefined)
  }

  clients(): readonly ClientKey[] {
    return this.all().flatMap(({ roster }) => roster.clients())
  }

  /** Whether the group is gone, since nobody is left in it. */
  dropIfEmpty(group: IntroductionGroup): boolean {
    if (group.name === COMMON_GROUP || group.roster.size > 0) return false
    this.#groups.delete(group.name)
    return true
  }

  setPeriods(periods: readonly TimePeriod[]): void {
    this.#periods = periods
    for (const { roster } of this.#groups.values()) roster.setPeriods(periods)
  }
}
