/** The insides of a Drizzle database that its `migrate()` uses: `db.dialect.migrate(migrations, db.session, config)`. */
interface Migratable {
  dialect: { migrate(migrations: unknown, session: unknown, config: unknown): Promise<void> };
  session: unknown;
}

/**
 * Lets `migrate(db, …)` of drizzle-orm run on the server itself where `db` goes through a pooler: migrations use what a pooler in
 * transaction mode loses (SET, advisory locks, CREATE INDEX CONCURRENTLY within a session).
 *
 * @param openDirect opens the same database over the direct twin; called for each run of migrations.
 */
export function migrateDirectly<Database extends object>(
  db: Database,
  openDirect: () => { db: object; end: () => Promise<void> },
): Database {
  const { dialect } = db as unknown as Migratable;
  // Only this database's: a dialect is made for each call of drizzle().
  dialect.migrate = async (migrations, _session, config) => {
    const direct = openDirect();
    try {
      const twin = direct.db as Migratable;
      await twin.dialect.migrate(migrations, twin.session, config);
    } finally {
      await direct.end();
    }
  };
  return db;
}
