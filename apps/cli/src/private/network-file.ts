import { readFile } from 'node:fs/promises'
import { type NetworkConfiguration, parseNetworkFile } from '@warren/tor'
import { UsageError } from '../exit.ts'

/** What `--tor-network FILE` names: a network as `npm run tor-network` describes it. */
export async function readTorNetwork(path: string): Promise<NetworkConfiguration> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`--tor-network: cannot read ${path}`, { cause })
  })
  return parseNetworkFile(text)
}
