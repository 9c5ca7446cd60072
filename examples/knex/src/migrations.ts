import type { Knex } from 'knex';

export const m0001Account: Knex.Migration = {
  async up(db: Knex): Promise<void> {
    await db.schema.createTable('account', (table) => {
      table.increments('id');
      table.text('owner').notNullable().unique();
      table.integer('cents').notNullable();
      table.check('cents >= 0', {}, 'account_not_overdrawn');
    });
  },
  async down(db: Knex): Promise<void> {
    await db.schema.dropTable('account');
  },
};
