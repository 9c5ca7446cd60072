// How each adapter runs one transaction of the data-loss soak: two rows, from statements that have names where the adapter gives them any.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sql } from 'drizzle-orm';
import { integer, type PgDatabase, type PgQueryResultHKT, pgTable } from 'drizzle-orm/pg-core';
import { type Dialect, Kysely } from 'kysely';
import type pg from 'pg';
import type { Sql } from 'postgres';

/** One program that writes. */
interface Writer {
  /** Writes both rows of transaction `id`, and then commits, or rolls back when `commit` is false. Rejects when it did not commit. */
  transaction(id: number, commit: boolean): Promise<void>;
  end(): Promise<void>;
}

/** Thrown inside a transaction to have it rolled back. */
export class RolledBack extends Error {}

/** `max`: connections of the pool. */
export type OpenWriter = (url: string, max: number) => Promise<Writer>;

const insert = 'insert into soak (id, part) values ($1, $2)';

export const adapters: Readonly<Record<string, OpenWriter>> = {
  async pg(url, max) {
    const { Pool } = await import('@azure-pg/pg');
    const pool = new Pool({ connectionString: url, max });
    pool.on('error', () => {});
    return pgWriter(pool);
  },

  async postgresjs(url, max) {
    const { default: postgres } = await import('@azure-pg/postgresjs');
    return postgresjsWriter(postgres(url, { max, onnotice: () => {} }));
  },

  async kysely(url, max) {
    const { AzurePostgresDialect } = await import('@azure-pg/kysely');
    return kyselyWriter(new AzurePostgresDialect({ connectionString: url, max }));
  },

  async 'kysely-postgresjs'(url, max) {
    const { AzurePostgresDialect } = await import('@azure-pg/kysely/postgres-js');
    return kyselyWriter(new AzurePostgresDialect({ url, max, onnotice: () => {} }));
  },

  async drizzle(url, max) {
    const { drizzle } = await import('@azure-pg/drizzle');
    const db = drizzle({ connection: { connectionString: url, max } });
    return drizzleWriter(db, () => db.$client.end());
  },

  async 'drizzle-postgresjs'(url, max) {
    const { drizzle } = await import('@azure-pg/drizzle/postgres-js');
    const db = drizzle({ connection: { url, max, onnotice: () => {} } });
    return drizzleWriter(db, () => db.$client.end({ timeout: 5 }));
  },

  // Without a generated client: what PrismaClient asks of its driver adapter.
  async prisma(url, max) {
    const { PrismaAzurePg } = await import('@azure-pg/prisma');
    const factory = new PrismaAzurePg(
      { connectionString: url, max },
      { statementNameGenerator: ({ sql }) => createHash('sha256').update(sql).digest('hex').slice(0, 32) },
    );
    const adapter = await factory.connect();
    const write = (id: number, part: number) => ({
      sql: insert,
      args: [id, part],
      argTypes: [
        { scalarType: 'int', arity: 'scalar' } as const,
        { scalarType: 'int', arity: 'scalar' } as const,
      ],
    });
    return {
      async transaction(id, commit) {
        const transaction = await adapter.startTransaction();
        try {
          await transaction.executeRaw(write(id, 1));
          await transaction.executeRaw(write(id, 2));
          if (!commit) throw new RolledBack();
          // The adapter only lends its connection; PrismaClient's engine says COMMIT and ROLLBACK itself.
          if (transaction.options.usePhantomQuery === false)
            await transaction.executeRaw({ sql: 'COMMIT', args: [], argTypes: [] });
          await transaction.commit();
        } catch (error) {
          await transaction.executeRaw({ sql: 'ROLLBACK', args: [], argTypes: [] }).catch(() => {});
          await transaction.rollback().catch(() => {});
          throw error;
        }
      },
      end: () => adapter.dispose(),
    };
  },

  // For comparison, and to see that this soak can fail.
  async 'bare-pg'(url, max) {
    const { default: driver } = await import('pg');
    const pool = new driver.Pool({ ...bare(url), max });
    pool.on('error', () => {});
    return pgWriter(pool);
  },
  async 'bare-postgresjs'(url, max) {
    const { default: driver } = await import('postgres');
    return postgresjsWriter(driver({ ...bare(url), max, onnotice: () => {} }));
  },
  async 'bare-postgresjs-unprepared'(url, max) {
    const { default: driver } = await import('postgres');
    return postgresjsWriter(driver({ ...bare(url), max, prepare: false, onnotice: () => {} }));
  },
};

/** The same server for a driver that knows nothing of our settings. */
function bare(url: string) {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  const ca = readFileSync(searchParams.get('sslrootcert') ?? '', 'utf8');
  return {
    host: hostname,
    port: Number(port),
    user: username,
    password,
    database: pathname.slice(1),
    ssl: { ca },
  };
}

function pgWriter(pool: pg.Pool): Writer {
  return {
    async transaction(id, commit) {
      const client = await pool.connect();
      let broken: Error | undefined;
      // A connection that breaks between two queries.
      const noteBroken = (error: Error): void => {
        broken = error;
      };
      client.on('error', noteBroken);
      try {
        await client.query('begin');
        await client.query({ name: 'soak_insert', text: insert, values: [id, 1] });
        await client.query({ name: 'soak_insert', text: insert, values: [id, 2] });
        if (!commit) throw new RolledBack();
        await client.query('commit');
      } catch (error) {
        await client.query('rollback').catch(noteBroken);
        throw error;
      } finally {
        client.off('error', noteBroken);
        client.release(broken);
      }
    },
    end: () => pool.end(),
  };
}

function postgresjsWriter(client: Sql): Writer {
  return {
    async transaction(id, commit) {
      await client.begin(async (transaction) => {
        await transaction`insert into soak (id, part) values (${id}, ${1})`;
        await transaction`insert into soak (id, part) values (${id}, ${2})`;
        if (!commit) throw new RolledBack();
      });
    },
    end: () => client.end({ timeout: 5 }),
  };
}

function kyselyWriter(dialect: Dialect): Writer {
  const db = new Kysely<{ soak: { id: number; part: number } }>({ dialect });
  return {
    async transaction(id, commit) {
      await db.transaction().execute(async (transaction) => {
        await transaction.insertInto('soak').values({ id, part: 1 }).execute();
        await transaction.insertInto('soak').values({ id, part: 2 }).execute();
        if (!commit) throw new RolledBack();
      });
    },
    end: () => db.destroy(),
  };
}

const soak = pgTable('soak', { id: integer().notNull(), part: integer().notNull() });

function drizzleWriter<Result extends PgQueryResultHKT>(
  db: PgDatabase<Result>,
  end: () => Promise<void>,
): Writer {
  return {
    async transaction(id, commit) {
      await db.transaction(async (transaction) => {
        const prepared = transaction
          .insert(soak)
          .values({ id: sql.placeholder('id'), part: sql.placeholder('part') })
          .prepare('soak_insert');
        await prepared.execute({ id, part: 1 });
        await prepared.execute({ id, part: 2 });
        if (!commit) throw new RolledBack();
      });
    },
    end,
  };
}
