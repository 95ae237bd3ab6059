import { Secret } from '@warren/primitives/secret'
import { encodeCredential, generateClientKey } from '@warren/private-service/protocol'
import { testRng } from '@warren/testkit/rng'
import { encodeNetwork, type NetworkConfiguration, unsafePublicNetwork } from '@warren/tor'
import { formatLink, PRIVATE_URL } from '@warren/vault/protocol'
import qrcode from 'qrcode'
import { describe, expect, test } from 'vitest'
import { printQrCode } from '../src/qr-code.ts'
import type { Terminal } from '../src/terminal.ts'

const rng = testRng('qr code')

/** An invitation to a private vault on a network of so many authorities. */
function invitation(network: NetworkConfiguration): string {
  return formatLink({
    kind: 'invitation',
    url: PRIVATE_URL,
    secret: new Secret(rng.bytes(32)),
    inviter: undefined,
    reach: {
      network: encodeNetwork(network),
      credential: encodeCredential(generateClientKey('', 0, rng)),
    },
  })
}

async function shown(text: string): Promise<string> {
  const said: string[] = []
  await printQrCode({ say: (line: string) => void said.push(line) } as unknown as Terminal, text)
  expect(said).toHaveLength(1)
  return said[0] ?? ''
}

/** A network of the sort that `npm run tor-network` makes. */
function networkOf(authorities: number): NetworkConfiguration {
  const [one] = unsafePublicNetwork.authorities
  if (one === undefined) throw new Error('no authority')
  return {
    authorities: Array.from({ length: authorities }, (_, i) => ({
      ...one,
      nickname: `auth${i}`,
      fingerprint: i.toString(16).toUpperCase().padStart(40, 'A'),
      v3Identity: i.toString(16).toUpperCase().padStart(40, 'B'),
    })),
    testing: true,
  }
}

/** The modules that a text of half blocks shows, without the margin. */
function modulesOf(text: string): string[] {
  const rows = text.split('\n').flatMap((line) => {
    const upper = [...line].map((block) => (block === '█' || block === '▀' ? '#' : '.')).join('')
    const lower = [...line].map((block) => (block === '█' || block === '▄' ? '#' : '.')).join('')
    return [upper, lower]
  })
  const dark = rows.filter((row) => row.includes('#'))
  const left = Math.min(...dark.map((row) => row.indexOf('#')))
  return dark.map((row) => row.slice(left, left + dark.length))
}

describe('a link to a private vault as a QR code', () => {
  test.each([
    ['the public network', unsafePublicNetwork],
    ['a network of three authorities', networkOf(3)],
    ['a network of as many as a link names', networkOf(16)],
  ])('is shown whole, for %s', async (_, network) => {
    const link = invitation(network)
    const { modules } = qrcode.create(link, { errorCorrectionLevel: 'L' })
    const expected = Array.from({ length: modules.size }, (_row, y) =>
      Array.from({ length: modules.size }, (_module, x) => (modules.get(y, x) ? '#' : '.')).join(''),
    )
    expect(modulesOf(await shown(link))).toEqual(expected)
  })
})
