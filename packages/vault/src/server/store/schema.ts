import type { Generated } from 'kysely'

/** Raised with every change of the tables; a database of a later version is refused. */
export const SCHEMA_VERSION = 3

/** The tables as SQL sees them (docs/formats/store.md). Ids are text, bytes are blobs, flags 0 or 1, times ms. */
export interface Schema {
  meta: { key: string; value: string }
  logs: { log: string; sequence: number; hash: Uint8Array }
  entries: { log: string; sequence: number; bytes: Uint8Array }
  names: { skeleton: string; account: string }
  devices: { device: string; account: string }
  edges: {
    id: string
    /** Ends and purpose: an edge with the same takes its place. */
    slot: string
    from_node: string
    to_node: string
    purpose: string
    usable: number
    encoded: Uint8Array
    unlocked: Uint8Array | null
  }
  chunks: {
    space: string
    chunk: string
    blob: string
    start: number
    length: number
    kept: number
    created_ms: number
  }
  invitations: { hash: string; inviter: string | null; expires_ms: number; used: number }
  enrolments: {
    id: string
    account: string
    device: string
    identity: Uint8Array
    possession: Uint8Array
    tag: Uint8Array
    created_ms: number
  }
  recoveries: {
    id: string
    account: string
    setup: string
    device: string
    identity: Uint8Array
    possession: Uint8Array
    requested_ms: number
    state: string
  }
  approvals: { recovery: string; user: string; approval: Uint8Array; edge: Uint8Array; shares: Uint8Array }
  rejections: { recovery: string; user: string; reason: string }
  packages: { owner: string; user: string; encoded: Uint8Array }
  capsules: {
    source: string
    device: string
    account: string
    space: string | null
    capsule: Uint8Array
    chain: Uint8Array
    until_ms: number | null
    serial: Generated<number>
  }
  access_requests: { owner: string; asker: string; recipient: string; encoded: Uint8Array }
  nonces: { device: string; nonce: string; until_ms: number }
}

interface ColumnTypes {
  bytes: string
  serial: string
  integer: string
}

/** What leads from tables of `version` (0: none) to today's, in the SQL that SQLite and PostgreSQL share but for `types`. */
export function statementsAfter(version: number, types: ColumnTypes): string[] {
  return [versionOne(types), versionTwo(types), versionThree(types)].slice(version).flat()
}

function versionThree({ integer }: ColumnTypes): string[] {
  return [
    `create table nonces (device text not null, nonce text not null, until_ms ${integer} not null,
       primary key (device, nonce))`,
    'create index nonces_by_end on nonces (until_ms)',
  ]
}

function versionTwo({ bytes }: ColumnTypes): string[] {
  return [
    `create table access_requests (owner text not null, asker text not null, recipient text not null,
       encoded ${bytes} not null, primary key (owner, asker))`,
  ]
}

function versionOne(types: ColumnTypes): string[] {
  const { bytes, serial, integer } = types
  return [
    'create table meta (key text primary key, value text not null)',
    `create table logs (log text primary key, sequence ${integer} not null, hash ${bytes} not null)`,
    `create table entries (log text not null, sequence ${integer} not null, bytes ${bytes} not null,
       primary key (log, sequence))`,
    'create table names (skeleton text primary key, account text not null)',
    'create table devices (device text primary key, account text not null)',
    `create table edges (id text primary key, slot text not null unique, from_node text not null,
       to_node text not null, purpose text not null, usable ${integer} not null, encoded ${bytes} not null,
       unlocked ${bytes})`,
    `create table chunks (space text not null, chunk text not null, blob text not null,
       start ${integer} not null, length ${integer} not null, kept ${integer} not null,
       created_ms ${integer} not null, primary key (space, chunk))`,
    'create index chunks_by_blob on chunks (blob)',
    'create index chunks_abandoned on chunks (created_ms) where kept = 0',
    `create table invitations (hash text primary key, inviter text, expires_ms ${integer} not null,
       used ${integer} not null)`,
    `create table enrolments (id text primary key, account text not null, device text not null,
       identity ${bytes} not null, possession ${bytes} not null, tag ${bytes} not null,
       created_ms ${integer} not null)`,
    'create index enrolments_by_device on enrolments (device)',
    `create table recoveries (id text primary key, account text not null, setup text not null,
       device text not null, identity ${bytes} not null, possession ${bytes} not null,
       requested_ms ${integer} not null, state text not null)`,
    'create index recoveries_by_account on recoveries (account)',
    'create index recoveries_by_device on recoveries (device)',
    `create table approvals (recovery text not null, "user" text not null, approval ${bytes} not null,
       edge ${bytes} not null, shares ${bytes} not null, primary key (recovery, "user"))`,
    `create table rejections (recovery text not null, "user" text not null, reason text not null,
       primary key (recovery, "user"))`,
    `create table packages (owner text not null, "user" text not null, encoded ${bytes} not null,
       primary key (owner, "user"))`,
    `create table capsules (serial ${serial}, source text not null, device text not null,
       account text not null, space text, capsule ${bytes} not null, chain ${bytes} not null,
       until_ms ${integer}, unique (source, device))`,
    'create index capsules_by_account on capsules (account)',
  ]
}
