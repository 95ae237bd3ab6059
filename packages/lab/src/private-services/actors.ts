import type { Rng } from '@warren/primitives/rng'
import {
  encodeGarbageIntroduce1,
  encodeIntroduce1,
  INTRODUCE_STATUS,
  type IntroductionPoint,
  startHandshake,
} from '@warren/tor/onion'
import type { LabClient } from './approaches.ts'
import type { LabNetwork } from './world.ts'

/** Asks every responsible directory; the first descriptor that opens. */
export function lookUp(network: LabNetwork, client: LabClient): readonly IntroductionPoint[] | undefined {
  const keys = client.keys(network.period)
  for (const directory of network.directoriesOf(keys.blindedKey)) {
    const text = network.fetch(directory, keys.blindedKey)
    const points = text === undefined ? undefined : keys.open(text)
    if (points !== undefined) return points
  }
  return undefined
}

export function relayOf(network: LabNetwork, point: IntroductionPoint) {
  return network.relayNamed(point.linkSpecifiers[0]?.data as Uint8Array)
}

/** An introduction with the client's credential, as its own software would send it. */
export function introduction(
  network: LabNetwork,
  client: LabClient,
  point: IntroductionPoint,
  rng: Rng,
): Uint8Array {
  const { credential } = client.keys(network.period)
  const handshake = startHandshake(
    { authKey: point.authKey, encKey: point.encKey, subcredential: credential },
    rng,
  )
  return encodeIntroduce1(point.authKey, handshake, {
    rendezvousCookie: rng.bytes(20),
    onionKey: rng.bytes(32),
    linkSpecifiers: [{ type: 3, data: rng.bytes(32) }],
  })
}

/** One attempt to connect at one introduction point: the acknowledgement. */
export function attempt(network: LabNetwork, client: LabClient, point: IntroductionPoint, rng: Rng): number {
  return network.introduce(relayOf(network, point), introduction(network, client, point, rng))
}

/** Sends garbage to introduction points known from earlier: whether any of them still has the service's circuit. */
export function probe(network: LabNetwork, points: readonly IntroductionPoint[], rng: Rng): boolean {
  return points.some(
    (point) =>
      network.introduce(relayOf(network, point), encodeGarbageIntroduce1(point.authKey, rng)) ===
      INTRODUCE_STATUS.success,
  )
}

/**
 * All that somebody with a client's credential, and the introduction points from its last descriptor, can observe:
 * what the directories answer, and what each old introduction point answers.
 */
export function observe(
  network: LabNetwork,
  client: LabClient,
  remembered: readonly IntroductionPoint[],
  rng: Rng,
): string[] {
  const keys = client.keys(network.period)
  const directories = network.directoriesOf(keys.blindedKey).map((directory) => {
    const text = network.fetch(directory, keys.blindedKey)
    return text === undefined ? 'directory: 404' : 'directory: the last descriptor'
  })
  const points = remembered.map((point) => `introduction point: ${attempt(network, client, point, rng)}`)
  return [...directories, ...points]
}
