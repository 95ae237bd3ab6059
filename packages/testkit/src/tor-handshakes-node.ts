import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { TorDaemon } from './tor-daemon-node.ts'

/** Handshakes that other relays have asked a relay for, by its own count: it does not count those of clients. */
export interface HandshakeCount {
  ntor: number
  ntorV3: number
}

const TRIES = 100

async function counts(relay: TorDaemon): Promise<HandshakeCount[]> {
  const log = await readFile(join(relay.directory, 'notice.log'), 'utf8')
  return [...log.matchAll(/handshake stats since last time:.* \d+\/(\d+) NTor, \d+\/(\d+) NTor \(v3\)/g)].map(
    ([, ntor, ntorV3]) => ({ ntor: Number(ntor), ntorV3: Number(ntorV3) }),
  )
}

/** How many handshakes of each kind a relay of a private network was asked for since this was last called for it. */
export async function handshakesOf(relay: TorDaemon): Promise<HandshakeCount> {
  const before = (await counts(relay)).length
  const control = connect(join(relay.directory, 'control'))
  await once(control, 'connect')
  control.end('AUTHENTICATE\r\nSIGNAL HEARTBEAT\r\nQUIT\r\n').resume()
  await once(control, 'close')
  for (let i = 0; i < TRIES; i++) {
    const last = (await counts(relay)).slice(before).at(-1)
    if (last !== undefined) return last
    await pause(20)
  }
  throw new Error(`${relay.nickname} did not say what handshakes it was asked for`)
}
