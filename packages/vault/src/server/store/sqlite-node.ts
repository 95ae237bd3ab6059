import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, SqliteDialect } from 'kysely'
import { VaultError } from '../../protocol/index.ts'
import { isDiskFull } from '../disk-full.ts'
import { groupCommit } from './group-commit.ts'
import { SCHEMA_VERSION, type Schema, statementsAfter } from './schema.ts'
import { sqlTables } from './sql-tables.ts'
import type { Store } from './store.ts'

const TYPES = { bytes: 'blob', serial: 'integer primary key autoincrement', integer: 'integer' }
/** Statements kept prepared on each connection. */
const PREPARED = 256

/** node:sqlite in the shape that Kysely's dialect takes, with its statements kept prepared. */
function kyselyOver(database: DatabaseSync): Kysely<Schema> {
  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string) => {
    let statement = prepared.get(sql)
    if (statement === undefined) {
      statement = database.prepare(sql)
      if (prepared.size >= PREPARED) prepared.delete(prepared.keys().next().value as string)
      prepared.set(sql, statement)
    }
    return statement
  }
  const values = (parameters: readonly unknown[]) => parameters as SQLInputValue[]
  return new Kysely<Schema>({
    dialect: new SqliteDialect({
      database: {
        close: () => database.close(),
        prepare(sql) {
          const statement = prepare(sql)
          return {
            reader: statement.columns().length > 0,
            all: (parameters) => statement.all(...values(parameters)),
            run: (parameters) => statement.run(...values(parameters)),
            iterate: (parameters) => statement.iterate(...values(parameters)),
          }
        },
      },
    }),
  })
}

function migrate(database: DatabaseSync): void {
  const row = database.prepare('pragma user_version').get() as { user_version: number }
  if (row.user_version > SCHEMA_VERSION)
    throw new VaultError(
      'vault/state',
      `this vault was written by a newer version (its tables have version ${row.user_version}, this program knows ${SCHEMA_VERSION}): use that one`,
    )
  if (row.user_version === SCHEMA_VERSION) return
  database.exec('begin immediate')
  for (const statement of statementsAfter(row.user_version, TYPES)) database.exec(statement)
  database.exec(`pragma user_version = ${SCHEMA_VERSION}`)
  database.exec('commit')
}

/** The embedded store: `vault.sqlite` in `directory`, which nobody else may have open (embedded-node.ts locks it). */
export function openSqliteStore(directory: string): Store {
  const path = join(directory, 'vault.sqlite')
  // SQLite gives its other files the mode of this one.
  closeSync(openSync(path, 'a', 0o600))
  const writer = new DatabaseSync(path)
  try {
    // FULL: in WAL mode the log is fsynced before a commit returns.
    writer.exec('pragma journal_mode = wal; pragma synchronous = full; pragma secure_delete = on')
    migrate(writer)
  } catch (error) {
    writer.close()
    if (error instanceof VaultError || isDiskFull(error)) throw error
    throw new VaultError('vault/state', 'the database of this vault cannot be opened', { cause: error })
  }
  // A second connection sees what is committed, and nothing else.
  const reader = new DatabaseSync(path, { readOnly: true })
  const written = kyselyOver(writer)
  const seen = kyselyOver(reader)
  const tables = sqlTables(written)
  const transact = groupCommit({
    begin: () => writer.exec('begin immediate'),
    commit: () => writer.exec('commit'),
    rollback: () => (writer.isTransaction ? writer.exec('rollback') : undefined),
    savepoint: () => writer.exec('savepoint work'),
    release: () => writer.exec('release work'),
    undo() {
      // On a full disk SQLite rolls the whole transaction back by itself.
      if (!writer.isTransaction) throw new VaultError('vault/disk-full', 'the disk of the vault is full')
      writer.exec('rollback to work; release work')
    },
  })
  let closing: Promise<void> | undefined
  return {
    view: sqlTables(seen),
    async transact(work) {
      if (closing !== undefined) throw new VaultError('vault/busy', 'the vault is shutting down')
      try {
        return await transact.run(() => work(tables))
      } catch (error) {
        throw isDiskFull(error)
          ? new VaultError('vault/disk-full', 'the disk of the vault is full', { cause: error })
          : error
      }
    },
    close() {
      closing ??= transact.idle().then(() => {
        reader.close()
        writer.close()
      })
      return closing
    },
  }
}
