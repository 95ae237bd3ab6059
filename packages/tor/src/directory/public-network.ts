import type { Authority } from './authority.ts'

function authority(
  nickname: string,
  v3Identity: string,
  address: string,
  orPort: number,
  fingerprint: string,
): Authority {
  return { nickname, v3Identity, address, orPort, fingerprint }
}

/**
 * The directory authorities of the public Tor network, as tor 0.4.9.11 has them built in. Only for those who opted in
 * after reading what this implementation does not give (README, "Limits").
 */
export const PUBLIC_AUTHORITIES: readonly Authority[] = [
  authority(
    'moria1',
    'F533C81CEF0BC0267857C99B2F471ADF249FA232',
    '128.31.0.39',
    9201,
    '1A25C6358DB91342AA51720A5038B72742732498',
  ),
  authority(
    'tor26',
    '2F3DF9CA0E5D36F2685A2DA67184EB8DCB8CBA8C',
    '217.196.147.77',
    443,
    'FAA4BCA4A6AC0FB4CA2F8AD5A11D9E122BA894F6',
  ),
  authority(
    'dizum',
    'E8A9C45EDE6D711294FADF8E7951F4DE6CA56B58',
    '45.66.35.11',
    443,
    '7EA6EAD6FD83083C538F44038BBFA077587DD755',
  ),
  authority(
    'gabelmoo',
    'ED03BB616EB2F60BEC80151114BB25CEF515B226',
    '131.188.40.189',
    443,
    'F2044413DAC2E02E3D6BCF4735A19BCA1DE97281',
  ),
  authority(
    'dannenberg',
    '0232AF901C31A04EE9848595AF9BB7620D4C5B2E',
    '193.23.244.244',
    443,
    '7BE683E65D48141321C5ED92F075C55364AC7123',
  ),
  authority(
    'maatuska',
    '49015F787433103580E3B66A1707A00E60F2D15B',
    '171.25.193.9',
    80,
    'BD6A829255CB08E66FBE7D3748363586E46B3810',
  ),
  authority(
    'longclaw',
    '23D15D965BC35114467363C165C4F724B64B4F66',
    '199.58.81.140',
    443,
    '74A910646BCEEFBCD2E874FC1DC997430F968145',
  ),
  authority(
    'bastet',
    '27102BC123E7AF1D4741AE047E160C91ADC76B21',
    '204.13.164.118',
    443,
    '24E2F139121D4394C54B5BCC368B3B411857C413',
  ),
]
