import type { Kysely } from 'kysely'
import type { Schema } from './schema.ts'
import { sqlAccessRequests } from './sql-access-requests.ts'
import { sqlCapsules } from './sql-capsules.ts'
import { sqlChunks } from './sql-chunks.ts'
import { sqlEdges } from './sql-edges.ts'
import { sqlLogs, sqlMeta, sqlNames } from './sql-logs.ts'
import { sqlEnrolments, sqlInvitations } from './sql-newcomers.ts'
import { sqlNonces } from './sql-nonces.ts'
import { sqlPackages, sqlRecoveries } from './sql-recoveries.ts'
import type { Tables } from './store.ts'

/** The tables over any SQL database that Kysely speaks to: what runs around them (durability) is the backend's. */
export function sqlTables(db: Kysely<Schema>): Tables {
  return {
    meta: sqlMeta(db),
    logs: sqlLogs(db),
    names: sqlNames(db),
    edges: sqlEdges(db),
    chunks: sqlChunks(db),
    invitations: sqlInvitations(db),
    enrolments: sqlEnrolments(db),
    recoveries: sqlRecoveries(db),
    packages: sqlPackages(db),
    capsules: sqlCapsules(db),
    accessRequests: sqlAccessRequests(db),
    nonces: sqlNonces(db),
  }
}
