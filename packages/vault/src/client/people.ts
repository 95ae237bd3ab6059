import { type DeviceId, pairSafetyWords, safetyWords, safetyWordsMatch } from '@warren/identity'
import { type AccountState, primaryOf } from '../protocol/account-state.ts'
import { VaultError } from '../protocol/errors.ts'
import type { AccountId } from '../protocol/ids.ts'
import type { Session } from './session.ts'

/** Whose safety words were compared, on which primary device of theirs, and when. */
type Compared = Map<AccountId, { device: DeviceId; atMs: number }>

const RECORD = 'compared'

/** `changed`: compared once, and her primary device is another since, as her own signed log says. */
export type Acquaintance = 'self' | 'compared' | 'changed' | 'not-compared'

export interface Person {
  account: AccountState
  acquaintance: Acquaintance
  /** Of her primary device: what she reads out when she is called. */
  words: string[]
}

async function compared(session: Session): Promise<Compared> {
  return (await session.state.read<Compared>(RECORD)) ?? new Map()
}

/** Everybody in the vault, and whether this device knows that the name belongs to whom one thinks. */
export async function people(session: Session): Promise<Person[]> {
  const known = await compared(session)
  return (await session.accounts.all()).map((account) => {
    const before = known.get(account.id)
    const since = before?.device === account.primary ? 'compared' : 'changed'
    const acquaintance = before === undefined ? 'not-compared' : since
    return {
      account,
      acquaintance: account.id === session.account ? 'self' : acquaintance,
      words: safetyWords(primaryOf(account).identity),
    }
  })
}

/** The 16 words that this account and another see alike: compared once, by voice, for both directions. */
export async function wordsWith(session: Session, person: AccountState): Promise<string[]> {
  const own = await session.accounts.account(session.account)
  return pairSafetyWords(primaryOf(own).identity, primaryOf(person).identity)
}

/** Remembers that the words were compared and are the same. */
export async function rememberCompared(session: Session, person: AccountState): Promise<void> {
  const known = await compared(session)
  known.set(person.id, { device: person.primary, atMs: session.clock.now() })
  await session.state.write(RECORD, known)
}

/**
 * Compares the words that the other side read out: her own 8, or the 16 of both. Throws VaultError `vault/words` when
 * they are not what this device sees: then somebody stands between.
 */
export async function compareWords(session: Session, person: AccountState, typed: string): Promise<void> {
  const own = safetyWords(primaryOf(person).identity)
  const pair = await wordsWith(session, person)
  if (!safetyWordsMatch(own, typed) && !safetyWordsMatch(pair, typed))
    throw new VaultError(
      'vault/words',
      `these are not the words of ${person.name}: share nothing with this account before you know why`,
    )
  await rememberCompared(session, person)
}
