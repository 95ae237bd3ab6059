/**
 * One line of the audit log: who did what to which record. Ids only: no name, no secret, no address, nothing of a
 * file but its space.
 */
export interface AuditRecord {
  event:
    | 'start'
    | 'stop'
    | 'commit'
    | 'invitation'
    | 'private-client'
    | 'private-client-removed'
    | 'enrolment'
    | 'access-request'
    | 'access-request-closed'
    | 'recovery-requested'
    | 'recovery-approved'
    | 'recovery-refused'
    | 'recovery-ready'
    | 'recovery-cancelled'
    | 'refused'
    | 'garbage'
    | 'failure'
  atMs: number
  account?: string
  device?: string
  /** What it is about: logs, a recovery, an enrolment. */
  subjects?: readonly string[]
  /** A code or a count: never text from outside. */
  detail?: string | number
}

export type Audit = (record: AuditRecord) => void
