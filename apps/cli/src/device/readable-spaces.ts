import { openSpaces, type Session, type Space } from '@warren/vault/client'
import { plural } from '../format.ts'
import type { Terminal } from '../terminal.ts'

/** The spaces that this device can read. Those that it may read and cannot are counted, and said. */
export async function readableSpaces(
  session: Session,
  terminal: Terminal,
): Promise<{ spaces: Space[]; unreadable: number }> {
  let unreadable = 0
  const spaces = await openSpaces(session, () => unreadable++)
  if (unreadable > 0)
    terminal.say(
      `${plural(unreadable, 'space')} cannot be read here: the share has ended, or new keys wait for its owner, who has to run \`warren sync\`.`,
    )
  return { spaces, unreadable }
}
