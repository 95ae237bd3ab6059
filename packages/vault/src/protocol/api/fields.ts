import { integer, text } from './schema.ts'

/** Bytes in a JSON document: base64url without padding. */
export const Bytes = (maxBytes: number) =>
  text({ pattern: '^[A-Za-z0-9_-]*$', maxLength: Math.ceil((maxBytes * 4) / 3) })
/** 16 bytes: see ids.ts. */
export const IdText = text({ pattern: '^[A-Za-z0-9_-]{22}$' })
export const Hash = text({ pattern: '^[A-Za-z0-9_-]{43}$' })
export const Sequence = integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const TimeMs = integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const LogName = text({ pattern: '^(account|space)/[A-Za-z0-9_-]{22}$' })
