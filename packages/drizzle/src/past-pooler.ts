/** What is used of the insides of a Drizzle database. */
export interface Database {
  transaction: unknown;
  readonly session: unknown;
  /** Before 1.0, drizzle-orm's `migrate(db)` is `db.dialect.migrate(migrations, db.session, config)`. */
  readonly dialect: { migrate?(migrations: unknown, session: unknown, config: unknown): Promise<void> };
  [twin]?: OpenTwin;
}

/** Opens the same database past the pooler. */
type OpenTwin = () => { db: Database; end(): Promise<void> };

// Registered, so that a database of the ES module's copy of this package is known to its CommonJS copy.
const twin: unique symbol = Symbol.for('@azure-pg/drizzle.twin');

/** Lets migrations of a database go past the pooler: by {@link pastPooler}, and before Drizzle 1.0 by its own `migrate(db)`, too. */
export function leadPastPooler(db: Database, open: OpenTwin): void {
  Object.defineProperty(db, twin, { value: open });
  const { dialect, session } = db;
  const through = dialect.migrate?.bind(dialect);
  if (through === undefined) return;
  // Only this database's: a dialect is made for each call of drizzle(). Its transactions share it, and stay where they are.
  dialect.migrate = async (migrations, given, config) => {
    if (given !== session) return through(migrations, given, config);
    await pastPooler(db, async (direct) => direct.dialect.migrate?.(migrations, direct.session, config));
  };
}

/**
 * Does `work` with the same database past the pooler, opened for as long as that, or with the database itself where no pooler is known.
 * Migrations use what a pooler in transaction mode loses: SET, advisory locks, temporary tables.
 */
export async function pastPooler<T>(db: object, work: (db: Database) => Promise<T>): Promise<T> {
  const direct = (db as Database)[twin]?.();
  if (direct === undefined) return work(db as Database);
  try {
    return await work(direct.db);
  } finally {
    await direct.end();
  }
}
