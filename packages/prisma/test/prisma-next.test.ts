import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import { defineContract } from '@prisma/orm-postgres/contract-builder';
import postgres from '@prisma/orm-postgres/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// What is to become Prisma 8 takes a pool of pg's: the lines of the README, over ours.
const contract = defineContract({}, ({ field, model }) => ({
  models: { Person: model('Person', { fields: { id: field.int().id(), name: field.text() } }) },
}));

// biome-ignore lint/suspicious/noExplicitAny: what its own types infer from the contract
type Any = any;
interface Row {
  readonly id: number;
  readonly name: string;
}
interface Orm {
  readonly public: {
    readonly Person: {
      create(row: Row): Promise<Row>;
      all(): Promise<Row[]>;
      where(like: Partial<Row>): { first(): Promise<Row | null> };
    };
  };
}
/** As much of it as is used here. */
interface Database {
  readonly orm: Orm;
  transaction(work: (tx: { readonly orm: Orm }) => Promise<unknown>): Promise<unknown>;
  prepare(parameters: object, build: (query: Any, parameters: Any) => unknown): Promise<Prepared>;
  runtime(): object;
  close(): Promise<void>;
}
interface Prepared {
  execute(runtime: object, parameters: object): Promise<Row[]>;
}

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator();
  await emulator.query('create table "Person" (id int primary key, name text not null)');
  await emulator.query('grant all on "Person" to public');
});
afterAll(() => emulator.stop());

describe.each(['direct', 'pooled'] as const)('Prisma Next over our pool, %s', (route) => {
  const connect = () => {
    const url = route === 'direct' ? emulator.url : emulator.pooledUrl;
    const pool = new Pool({ connectionString: url, credential: emulator.entra.credential(), max: 3 });
    // Its types know pools of @types/pg 8.20.0 alone, of pg's own as well.
    const db = postgres({ contract, pg: pool } as never) as unknown as Database;
    return { pool, db };
  };

  const names = () => emulator.query('select name from "Person" order by id');

  it('reads and writes, one by one and in transactions, and the database has what was committed', async () => {
    await emulator.query('delete from "Person"');
    const { pool, db } = connect();
    try {
      const { Person } = db.orm.public;
      await Person.create({ id: 1, name: 'Ada' });
      await db.transaction((tx) => tx.orm.public.Person.create({ id: 2, name: 'Grace' }));
      const undone = db.transaction(async (tx) => {
        await tx.orm.public.Person.create({ id: 3, name: 'Nobody' });
        throw new Error('no');
      });
      await expect(undone).rejects.toThrow('no');
      await expect(Person.create({ id: 1, name: 'Twice' })).rejects.toMatchObject({ sqlState: '23505' });
      expect(await names()).toEqual([{ name: 'Ada' }, { name: 'Grace' }]);
      expect(await Person.where({ name: 'Grace' }).first()).toEqual({ id: 2, name: 'Grace' });
      const all = Array.from({ length: 9 }, () => Person.all());
      expect(new Set((await Promise.all(all)).map(({ length }) => length))).toEqual(new Set([2]));
    } finally {
      await db.close();
      await pool.end();
    }
  });

  it('prepared statements, on whatever server a pooler gives them', async () => {
    const { pool, db } = connect();
    try {
      const prepared = await db.prepare({ name: 'pg/text@1' }, (query, params) =>
        query.public.Person.select('id', 'name')
          .where((person: Any, fns: Any) => fns.eq(person.name, params.name))
          .build(),
      );
      const found = Array.from({ length: 9 }, () => prepared.execute(db.runtime(), { name: 'Ada' }));
      for (const rows of await Promise.all(found)) expect(rows).toEqual([{ id: 1, name: 'Ada' }]);
    } finally {
      await db.close();
      await pool.end();
    }
  });

  it('goes on after a restart of the server', async () => {
    const { pool, db } = connect();
    try {
      const { Person } = db.orm.public;
      await Person.all();
      await emulator.postgres.restart();
      await expect
        .poll(
          () =>
            Person.all().then(
              ({ length }) => length,
              () => 0,
            ),
          { timeout: 20_000 },
        )
        .toBe(2);
    } finally {
      await db.close();
      await pool.end();
    }
  });
});
