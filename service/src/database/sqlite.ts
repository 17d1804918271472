import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { SqliteDialect, type SqliteDatabase } from 'kysely';

/** More than the queries of this service; what is used once (migrations) must not pile up. */
const mostStatements = 200;

/**
 * Kysely's SQLite dialect on Node's own `node:sqlite`, which has the shape of better-sqlite3 but for a few names.
 * With a write-ahead log and `synchronous = normal`, what was acknowledged survives the end of the process, however
 * sudden; the last commits may be lost with the machine's power (https://www.sqlite.org/pragma.html#pragma_synchronous),
 * and with it goes the disk of a container anyway. What must survive that is stored in PostgreSQL.
 */
export function nodeSqliteDialect(file: string): SqliteDialect {
  const database = new DatabaseSync(file, { timeout: 5_000, enableForeignKeyConstraints: true });
  database.exec('pragma journal_mode = wal; pragma synchronous = normal');
  const statements = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (text) => {
        const known = statements.get(text);
        if (known !== undefined) return known;
        const statement = prepare(database, text);
        if (statements.size < mostStatements) statements.set(text, statement);
        return statement;
      },
    },
  });
}

function prepare(database: DatabaseSync, text: string): ReturnType<SqliteDatabase['prepare']> {
  const statement = database.prepare(text);
  // Kysely hands over what the query builder was given, which the types of the tables keep to SQLite's values.
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => {
      const { changes, lastInsertRowid } = statement.run(...values(parameters));
      return { changes, lastInsertRowid };
    },
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
