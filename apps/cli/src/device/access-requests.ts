import {
  accessRequests,
  askForAccess,
  dismissRequest,
  type Session,
  type WaitingRequest,
} from '@warren/vault/client'
import type { AccountId } from '@warren/vault/protocol'
import type { Terminal } from '../terminal.ts'

/** `share --ask OWNER SPACE`: protocol 1 (3), from the receiver's side. */
export async function ask(
  session: Session,
  terminal: Terminal,
  wish: { owner: string; space: string; write: boolean; json: boolean },
): Promise<void> {
  const owner = await session.accounts.find(wish.owner)
  const role = wish.write ? 'writer' : 'reader'
  await askForAccess(session, owner, wish.space, role)
  if (wish.json)
    terminal.json({ schema: 'warren.access-request/1', owner: owner.name, space: wish.space, role })
  else
    terminal.print(
      `${owner.name} is asked whether you may ${verb(role)} ${wish.space}: she sees it with \`warren status\`.`,
    )
}

/** `share --requests`: who asks for what, and how to answer. */
export async function listRequests(session: Session, terminal: Terminal, json: boolean): Promise<void> {
  const waiting = await accessRequests(session)
  if (json) {
    terminal.json({
      schema: 'warren.access-requests/1',
      requests: waiting.map(({ from, wish }) => ({
        from: from.name,
        ...(wish === undefined ? {} : { space: wish.spaceName, role: wish.role }),
      })),
    })
    return
  }
  for (const request of waiting) terminal.print(describe(request))
  if (waiting.length === 0) terminal.say('Nobody asks you for access.')
}

function describe({ from, wish }: WaitingRequest): string {
  const decline = `warren share --decline ${JSON.stringify(from.name)}`
  if (wish === undefined) return `${from.name} sent a request that cannot be read: ${decline}`
  const write = wish.role === 'writer' ? ' --write' : ''
  const grant = `warren share ${JSON.stringify(wish.spaceName)} ${JSON.stringify(from.name)}${write}`
  return `${from.name} asks to ${verb(wish.role)} ${wish.spaceName}: ${grant}, or ${decline}`
}

const verb = (role: 'reader' | 'writer') => (role === 'writer' ? 'read and write' : 'read')

/** `share --decline NAME`. */
export async function decline(
  session: Session,
  terminal: Terminal,
  name: string,
  json: boolean,
): Promise<void> {
  const from = await session.accounts.find(name)
  await dismissRequest(session, from.id)
  if (json) terminal.json({ schema: 'warren.access-request-declined/1', from: from.name })
  else terminal.print(`The request of ${from.name} is gone. She is not told.`)
}

/** What was asked for has been granted. */
export async function clearGranted(session: Session, receiver: AccountId, spaceName: string): Promise<void> {
  const granted = (await accessRequests(session)).some(
    ({ from, wish }) => from.id === receiver && wish?.spaceName === spaceName,
  )
  if (granted) await dismissRequest(session, receiver)
}
