import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { directPool, Pool } from '@azure-pg/pg';
import postgres from '@azure-pg/postgresjs';
import { directInstance } from '@azure-pg/postgresjs/direct';
import { eq, sql } from 'drizzle-orm-next';
import { drizzle } from 'drizzle-orm-next/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm-next/pg-core';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm-next/postgres-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// Drizzle 1.0 is not in the peer range; see the README. Its own drizzle() over our pools is what is promised for it.
const city = pgTable('city', {
  id: integer().primaryKey().generatedAlwaysAsIdentity(),
  name: text().notNull(),
});

describe('Drizzle 1.0 over the pools of this library', () => {
  let emulator: Emulator;
  let url: string;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { adversarial: true } });
    Object.assign(process.env, emulator.env);
    await emulator.query(
      'grant create on schema public to "local-app"; grant create on database postgres to "local-app"',
    );
    url = `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`;
  });
  afterAll(() => emulator.stop());

  const create = sql`create table if not exists city (id int primary key generated always as identity, name text not null)`;

  it('@azure-pg/pg', async () => {
    const client = new Pool(url);
    const direct = directPool(client, { max: 1 });
    await drizzle({ client: direct }).execute(create);
    await direct.end();
    const db = drizzle({ client });
    await db.transaction(async (tx) => {
      await tx.insert(city).values({ name: 'Oslo' });
    });
    const byName = db
      .select()
      .from(city)
      .where(eq(city.name, sql.placeholder('name')))
      .prepare('by_name');
    const found = await Promise.all(Array.from({ length: 20 }, () => byName.execute({ name: 'Oslo' })));
    expect(found).toEqual(found.map(() => [{ id: 1, name: 'Oslo' }]));
    await client.end();
  });

  it('@azure-pg/postgresjs', async () => {
    const client = postgres(url, { onnotice: () => {} });
    const direct = directInstance(client, { max: 1 });
    await drizzlePostgresJs({ client: direct }).execute(create);
    await direct.end();
    const db = drizzlePostgresJs({ client });
    const made = await Promise.all(
      Array.from({ length: 20 }, () =>
        db.transaction((tx) => tx.insert(city).values({ name: 'Bergen' }).returning({ name: city.name })),
      ),
    );
    expect(made).toEqual(made.map(() => [{ name: 'Bergen' }]));
    expect(await db.$count(city, eq(city.name, 'Bergen'))).toBe(20);
    await client.end();
  });
});
