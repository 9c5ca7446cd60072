import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const m0001Account: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('account')
      .addColumn('id', 'integer', (column) => column.primaryKey().generatedAlwaysAsIdentity())
      .addColumn('owner', 'text', (column) => column.notNull().unique())
      .addColumn('cents', 'integer', (column) => column.notNull())
      .addCheckConstraint('account_not_overdrawn', sql`cents >= 0`)
      .execute();
  },
};
