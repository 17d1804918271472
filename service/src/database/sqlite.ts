import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { SqliteDialect, type SqliteDatabase } from 'kysely';

/** Kysely's SQLite dialect on Node's own `node:sqlite`, which has the shape of better-sqlite3 but for a few names. */
export function nodeSqliteDialect(file: string): SqliteDialect {
  const database = new DatabaseSync(file);
  // Write-ahead logging with NORMAL is durable against a crash of the process, and fast.
  database.exec(
    'pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on; pragma busy_timeout = 5000;',
  );
  const statements = new Map<string, ReturnType<typeof prepare>>();
  const prepare = (sql: string) => {
    const statement = database.prepare(sql);
    const reader = statement.columns().length > 0;
    return {
      reader,
      all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
      run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
      iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
    };
  };
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => {
        let statement = statements.get(sql);
        if (statement === undefined) {
          statement = prepare(sql);
          // What is not reused (migrations) must not pile up.
          if (statements.size < 100) statements.set(sql, statement);
        }
        return statement as unknown as ReturnType<SqliteDatabase['prepare']>;
      },
    },
  });
}
