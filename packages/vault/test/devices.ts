import { deviceId, deviceIdentity, softwareSigner } from '@warren/identity'
import type { Rng } from '@warren/primitives/rng'
import { Secret } from '@warren/primitives/secret'
import { testRng } from '@warren/testkit/rng'
import {
  type AccountChange,
  type AccountContext,
  type AccountState,
  accountIdOf,
  applyAccountEntry,
  decodeLogEntry,
  encodeAccountChange,
  type LogEntry,
  NO_PREVIOUS,
  signLogEntry,
} from '../src/protocol/index.ts'

/** A device for tests of the logs: real signing keys, and bytes in place of a re-encryption key. */
export function testDevice(seed: string) {
  const rng: Rng = testRng(seed)
  const signer = softwareSigner(new Secret(rng.bytes(32)))
  const identity = deviceIdentity(signer.publicKey, rng.bytes(49), seed)
  return { signer, identity, id: deviceId(identity), enrolled: { identity, possession: rng.bytes(80) } }
}

export type TestDevice = ReturnType<typeof testDevice>

/** Takes every proof of possession for good: re-encryption keys have tests of their own. */
export function context(...accounts: AccountState[]): AccountContext {
  return {
    checkPossession: () => undefined,
    account: (id) => accounts.find((account) => account.id === id),
  }
}

export async function genesis(name: string, device: TestDevice): Promise<AccountState> {
  const change: AccountChange = { kind: 'genesis', name, salt: new Uint8Array(16), device: device.enrolled }
  const { kind, body } = encodeAccountChange(change)
  const id = accountIdOf(body)
  const entry: LogEntry = {
    log: { kind: 'account', id },
    sequence: 0,
    previous: NO_PREVIOUS,
    author: { account: id, device: device.id },
    writtenAtMs: 1_700_000_000_000,
    kind,
    body,
  }
  return applyAccountEntry(undefined, decodeLogEntry(await signLogEntry(entry, device.signer)), context())
}

/** One more entry of the account, signed by `by`, with `over` in place of what an honest writer would put. */
export async function accountEntry(
  state: AccountState,
  by: TestDevice,
  change: AccountChange,
  over: Partial<LogEntry> = {},
): Promise<Uint8Array> {
  return signLogEntry(
    {
      log: { kind: 'account', id: state.id },
      sequence: state.head.sequence + 1,
      previous: state.head.hash,
      author: { account: state.id, device: by.id },
      writtenAtMs: 1_700_000_000_000,
      ...encodeAccountChange(change),
      ...over,
    },
    by.signer,
  )
}

export async function advance(
  state: AccountState,
  by: TestDevice,
  change: AccountChange,
  ...others: AccountState[]
): Promise<AccountState> {
  return applyAccountEntry(state, decodeLogEntry(await accountEntry(state, by, change)), context(...others))
}
