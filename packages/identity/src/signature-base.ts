import { base64Text } from '@warren/primitives/encoding'
import { IdentityError } from './errors.ts'

// RFC 9421 (HTTP message signatures): the part that is the same for every use of it. A strict subset of structured
// fields (RFC 8941): one signature per message, components without parameters. What is outside is refused.

export interface SignatureInput {
  readonly label: string
  readonly components: readonly string[]
  readonly parameters: ReadonlyMap<string, string | number>
  /** The text behind `label=`, byte for byte: it enters the signature base as it was sent. */
  readonly text: string
}

const HEADER_LIMIT = 1024
const INPUT = /^([a-z*][a-z0-9_.*-]{0,31})=(\(([^()]*)\)((?:;[^;]+)*))$/
const COMPONENT = /^"(@?[a-z][a-z0-9-]{0,63})"$/
const PARAMETER =
  /^;([a-z*][a-z0-9_.*-]{0,31})=(?:(0|[1-9][0-9]{0,14})|"([\x20\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]{0,255})")$/
const SIGNATURE = /^([a-z*][a-z0-9_.*-]{0,31})=:([A-Za-z0-9+/]{86}==):$/

function malformed(what: string): never {
  throw new IdentityError('identity/request-malformed', 'bad-input', `HTTP signature: ${what}`)
}

/** §4.1. Throws IdentityError `identity/request-malformed`. */
export function parseSignatureInput(header: string): SignatureInput {
  if (header.length > HEADER_LIMIT) malformed('Signature-Input is too long')
  const match = INPUT.exec(header)
  if (match === null) malformed('Signature-Input is not one signature')
  const [, label = '', text = '', list = '', tail = ''] = match
  const components =
    list === '' ? [] : list.split(' ').map((item) => COMPONENT.exec(item)?.[1] ?? malformed('component'))
  if (new Set(components).size !== components.length) malformed('a component is listed twice')
  const parameters = new Map<string, string | number>()
  for (const [item] of tail.matchAll(/;[^;]+/g)) {
    const parameter = PARAMETER.exec(item)
    if (parameter === null) malformed('parameter')
    const [, name = '', number, string] = parameter
    if (parameters.has(name)) malformed('a parameter is given twice')
    parameters.set(name, number === undefined ? (string ?? '') : Number(number))
  }
  return { label, components, parameters, text }
}

/** §4.2: the 64 bytes of the signature under `label`. Throws IdentityError `identity/request-malformed`. */
export function parseSignature(header: string, label: string): Uint8Array {
  const match = SIGNATURE.exec(header)
  if (match === null || match[1] !== label)
    malformed('Signature is not 64 bytes under the label of Signature-Input')
  try {
    return base64Text.decode(match[2] ?? '')
  } catch {
    return malformed('Signature is not canonical base64')
  }
}

/**
 * §2.5: the text that is signed, one line per component and the parameters last. `value` gives a component's value,
 * already canonical; a value with a line break would forge a line, and is refused.
 */
export function signatureBase(
  components: readonly string[],
  parametersText: string,
  value: (component: string) => string,
): string {
  const lines = components.map((component) => {
    const text = value(component)
    if (!/^[\x20-\x7e]*$/.test(text)) malformed(`value of ${component} is not printable ASCII`)
    return `"${component}": ${text}\n`
  })
  return `${lines.join('')}"@signature-params": ${parametersText}`
}
