import { setTimeout } from 'node:timers/promises';
import { type SQL, sql } from 'drizzle-orm';

/** What is used of the insides of a Drizzle database. */
export interface Database {
  transaction: unknown;
  readonly session: unknown;
  /** Before 1.0, drizzle-orm's `migrate(db)` is `db.dialect.migrate(migrations, db.session, config)`. */
  readonly dialect: { migrate?(migrations: unknown, session: unknown, config: unknown): Promise<void> };
  execute(query: SQL): Promise<unknown>;
  [twin]?: Twin;
}

/** The same database, over one connection of its own to the server itself. */
export interface Twin {
  /** Whether the database itself goes through a pooler. */
  readonly leavesPooler: boolean;
  /** Whether the connection keeps its session: no pooler takes it away. */
  hasSession(): Promise<boolean>;
  open(): { db: Database; end(): Promise<void> };
}

// Registered, so that a database of the ES module's copy of this package is known to its CommonJS copy.
const twin: unique symbol = Symbol.for('@azure-pg/drizzle.twin');

/** Lets a database's migrations go past the pooler, one run at a time: before Drizzle 1.0 all, since then those in {@link migrateAlone}. */
export function leadPastPooler(db: Database, given: Twin): void {
  Object.defineProperty(db, twin, { value: given });
  const { dialect, session } = db;
  const through = dialect.migrate?.bind(dialect);
  if (through === undefined) return;
  // Only this database's: a dialect is made for each call of drizzle(). Its transactions share it, and stay where they are.
  dialect.migrate = async (migrations, used, config) => {
    if (used !== session) return through(migrations, used, config);
    await alone(db, given, async (chosen) => {
      if (chosen === db) await through(migrations, used, config);
      else await chosen.dialect.migrate?.(migrations, chosen.session, config);
    });
  };
}

/** Does `work`, drizzle-orm's own migrate(), as {@link leadPastPooler} says. */
export function migrateAlone<T>(db: object, work: (db: Database) => Promise<T>): Promise<T> {
  const { [twin]: own, dialect } = db as Database;
  // Before 1.0 it comes back to the dialect's.
  const isLed = own === undefined || dialect.migrate !== undefined;
  return isLed ? work(db as Database) : alone(db as Database, own, work);
}

/**
 * Does `work` with the same database past the pooler, opened for that time, or with the database itself where no pooler is known: migrations
 * use what a pooler in transaction mode loses, as SET, advisory locks, temporary tables. Meanwhile a lock of the twin's session keeps others
 * out: Drizzle looks at what is applied before it begins, so that two at once apply the same migrations, and one fails.
 */
async function alone<T>(db: Database, own: Twin, work: (db: Database) => Promise<T>): Promise<T> {
  if (!(await own.hasSession())) return work(db);
  const direct = own.open();
  try {
    while (!(await locked(direct.db))) await setTimeout(100);
    return await work(own.leavesPooler ? direct.db : db);
  } finally {
    // The lock ends with its session.
    await direct.end();
  }
}

/** 'azdrizzl' in ASCII: any number that others are unlikely to lock. */
const lockId = '7024037011396393580';

/** Asks rather than waits: a wait in the server is subject to statement_timeout, and holds up CREATE INDEX CONCURRENTLY. */
async function locked(db: Database): Promise<boolean> {
  const result = await db.execute(sql`select pg_try_advisory_lock(${sql.raw(lockId)}) as locked`);
  // pg gives a result with rows, postgres.js the rows.
  const { rows = result } = result as { rows?: unknown };
  return (rows as [{ locked: boolean }])[0].locked;
}
