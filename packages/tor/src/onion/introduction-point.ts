import { fromUtf8, utf8 } from '@warren/primitives/bytes'
import { ed25519FromX25519 } from '@warren/primitives/ed25519-expanded'
import { base64Text } from '@warren/primitives/encoding'
import { DecodeError } from '@warren/primitives/wire'
import {
  argumentOf,
  type DocumentItem,
  decodeBase64,
  encodeObject,
  exactlyOne,
  objectOf,
  parseDocument,
} from '../directory/document.ts'
import { decodeEd25519Certificate } from '../link/ed25519-certificate.ts'
import { decodeLinkSpecifiers, encodeLinkSpecifiers, type LinkSpecifier } from '../link/link-specifier.ts'
import { CERTIFICATE_TYPE, encodeDescriptorCertificate, verifyDescriptorCertificate } from './certificate.ts'

/** [NUM_INTRO_POINT] */
export const LARGEST_INTRODUCTION_POINTS = 20

const WHAT = 'inner descriptor'
const CERTIFICATE_LABEL = 'ED25519 CERT'

/** One introduction point as clients learn it (rend-spec-v3 §2.5.2.2). */
export interface IntroductionPoint {
  linkSpecifiers: readonly LinkSpecifier[]
  /** The relay's ntor key. */
  onionKey: Uint8Array
  /** KP_hs_ipt_sid: names the introduction circuit; IK_i of the paper. */
  authKey: Uint8Array
  /** KP_hss_ntor: introductions are encrypted for it. */
  encKey: Uint8Array
  /** Where the service offers congestion control: cells of data for a SENDME. One for all points of a descriptor. */
  sendmeIncrement?: number
}

/** What the certificates of the inner layer are signed with. */
export interface DescriptorSigner {
  publicKey: Uint8Array
  sign(message: Uint8Array): Uint8Array
  expirationHours: number
}

export function encodeInnerDescriptor(
  points: readonly IntroductionPoint[],
  signer: DescriptorSigner,
): Uint8Array {
  if (points.length > LARGEST_INTRODUCTION_POINTS)
    throw new RangeError(`introduction points: ${points.length} is more than ${LARGEST_INTRODUCTION_POINTS}`)
  const certificate = (type: number, subject: Uint8Array) =>
    encodeObject(
      CERTIFICATE_LABEL,
      encodeDescriptorCertificate({
        type,
        expirationHours: signer.expirationHours,
        subject,
        signer: signer.publicKey,
        sign: signer.sign,
      }),
    )
  const sections = points.map(
    (point) =>
      `introduction-point ${base64Text.encode(encodeLinkSpecifiers(point.linkSpecifiers))}\n` +
      `onion-key ntor ${base64Text.encode(point.onionKey)}\n` +
      `auth-key\n${certificate(CERTIFICATE_TYPE.introAuth, point.authKey)}` +
      `enc-key ntor ${base64Text.encode(point.encKey)}\n` +
      `enc-key-cert\n${certificate(CERTIFICATE_TYPE.introEncryption, ed25519FromX25519(point.encKey))}`,
  )
  const increment = points[0]?.sendmeIncrement
  const flowControl = increment === undefined ? '' : `flow-control 1-2 ${increment}\n`
  return utf8(`create2-formats 2\n${flowControl}${sections.join('')}`)
}

/** `signingKey` is the descriptor's, which must have certified every key. Unknown lines are passed over. */
export function decodeInnerDescriptor(
  plaintext: Uint8Array,
  signingKey: Uint8Array,
  nowSeconds: number,
): IntroductionPoint[] {
  const items = parseDocument(asciiText(plaintext), WHAT)
  const formats = exactlyOne(items, 'create2-formats', WHAT).arguments
  if (!formats.includes('2')) throw new DecodeError(`${WHAT}: the service does not speak ntor`)
  const starts = items.flatMap((item, i) => (item.keyword === 'introduction-point' ? [i] : []))
  if (starts.length > LARGEST_INTRODUCTION_POINTS)
    throw new DecodeError(`${WHAT}: too many introduction points`)
  const sendmeIncrement = decodeFlowControl(items)
  return starts.map((start, i) => ({
    ...decodePoint(items.slice(start, starts[i + 1] ?? items.length), signingKey, nowSeconds),
    ...(sendmeIncrement === undefined ? {} : { sendmeIncrement }),
  }))
}

/** `flow-control` (proposal 324 §10.3): versions of FlowCtrl, of which 2 is congestion control, and sendme-inc. */
function decodeFlowControl(items: readonly DocumentItem[]): number | undefined {
  const lines = items.filter((item) => item.keyword === 'flow-control')
  if (lines.length > 1) throw new DecodeError(`${WHAT}: flow-control stands ${lines.length} times`)
  const [line] = lines
  if (line === undefined) return undefined
  const range = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(argumentOf(line, 0, WHAT))
  const increment = /^\d{1,3}$/.exec(argumentOf(line, 1, WHAT))
  if (range === null || increment === null) throw new DecodeError(`${WHAT}: malformed flow-control`)
  const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])]
  return first <= 2 && last >= 2 ? Number(increment[0]) : undefined
}

function decodePoint(
  items: readonly DocumentItem[],
  signer: Uint8Array,
  nowSeconds: number,
): IntroductionPoint {
  const ntorKey = (keyword: string) => {
    const found = items.filter((item) => item.keyword === keyword && item.arguments[0] === 'ntor')
    if (found.length !== 1)
      throw new DecodeError(`${WHAT}: ${keyword} ntor stands ${found.length} times, not once`)
    return decodeBase64(argumentOf(found[0] as DocumentItem, 1, WHAT), WHAT, 32)
  }
  const certified = (keyword: string, type: number) => {
    const bytes = objectOf(exactlyOne(items, keyword, WHAT), CERTIFICATE_LABEL, WHAT)
    return verifyDescriptorCertificate(decodeEd25519Certificate(bytes), { type, signer, nowSeconds })
  }
  const encKey = ntorKey('enc-key')
  const certifiedEncKey = certified('enc-key-cert', CERTIFICATE_TYPE.introEncryption)
  // C-tor keeps the sign bit of the true point, which an X25519 key does not show: it is left out of the comparison.
  const expected = ed25519FromX25519(encKey)
  if (
    !expected.every((byte, i) => (byte ^ ((certifiedEncKey[i] as number) & (i === 31 ? 0x7f : 0xff))) === 0)
  )
    throw new DecodeError(`${WHAT}: enc-key-cert is for another key`)
  return {
    linkSpecifiers: decodeLinkSpecifiers(decodeBase64(argumentOf(items[0] as DocumentItem, 0, WHAT), WHAT)),
    onionKey: ntorKey('onion-key'),
    authKey: certified('auth-key', CERTIFICATE_TYPE.introAuth),
    encKey,
  }
}

/** Text without the zero bytes that pad it. */
export function asciiText(padded: Uint8Array): string {
  let end = padded.length
  while (end > 0 && padded[end - 1] === 0) end--
  try {
    return fromUtf8(padded.subarray(0, end))
  } catch (cause) {
    throw new DecodeError('descriptor: not text', { cause })
  }
}
