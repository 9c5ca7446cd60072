// npm: node-pg-migrate pg
// Its lock is the session's, so it goes to the server itself.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { runner } from 'node-pg-migrate';
import pg from 'pg';

const dir = mkdtempSync('migrations-');
writeFileSync(
  `${dir}/1700000000000_notes.mjs`,
  `export const up = (pgm) => {
    pgm.createTable('migrate_notes', { text: 'text' });
    pgm.sql("insert into migrate_notes values ('one'), ('two')");
    pgm.sql("update migrate_notes set text = 'deux' where text = 'two'");
    pgm.sql("delete from migrate_notes where text = 'one'");
  };
  export const down = (pgm) => pgm.dropTable('migrate_notes');`,
);
const options = {
  databaseUrl: process.env.DATABASE_URL_DIRECT,
  dir,
  migrationsTable: 'migrate_done',
  log: () => {},
};
await runner({ ...options, direction: 'up' });
const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
const { rows } = await client.query('select text, current_user as who from migrate_notes');
await client.end();
console.log(JSON.stringify(rows.map(({ text }) => ({ text }))), rows[0].who);
await runner({ ...options, direction: 'down', count: 1 });
