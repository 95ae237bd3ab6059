import { Type } from 'typebox'

/** Bytes in a JSON document: base64url without padding. */
export const Bytes = (maxBytes: number) =>
  Type.String({ pattern: '^[A-Za-z0-9_-]*$', maxLength: Math.ceil((maxBytes * 4) / 3) })
/** 16 bytes: see ids.ts. */
export const IdText = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' })
export const Hash = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })
export const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const TimeMs = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const LogName = Type.String({ pattern: '^(account|space)/[A-Za-z0-9_-]{22}$' })
