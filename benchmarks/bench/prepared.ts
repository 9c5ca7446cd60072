import { drizzle } from '@azure-pg/drizzle';
import { Pool } from '@azure-pg/pg';
import postgres from '@azure-pg/postgresjs';
import { and, eq, gte, sql } from 'drizzle-orm';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { type Measurement, scaled, type Table } from './measurement.ts';
import { cost, middle, perSecond, ratio, stretch, takeTurns } from './take-turns.ts';

const clients = 8;

/** What named prepared statements are worth through a pooler. */
export const prepared: Measurement = {
  title: 'Prepared statements through PgBouncer',
  how: `A join of two tables with three parameters, ${clients} at a time, through PgBouncer with \`max_prepared_statements=200\`: as a statement with a name, and without (\`prepare: false\`, or \`max_prepared_statements=0\` in the URL), taking turns.`,
  async run({ direct, pooled }, { scale }): Promise<Table> {
    const owner = new Pool({ connectionString: direct.url, max: 1 });
    const without = new URL(pooled.url);
    without.searchParams.set('max_prepared_statements', '0');
    const rows: string[][] = [];
    try {
      await owner.query(tables);
      for (const [name, named, unnamed] of contests(pooled.url, without.href)) {
        try {
          const side = (one: Contestant) => () => stretch(200, clients, one.run);
          await takeTurns(3, side(unnamed), side(named));
          const turns = await takeTurns(scaled(15, scale), side(unnamed), side(named));
          const bare = middle(turns.bare.map(perSecond)).toFixed(0);
          rows.push([name, bare, ratio(turns, perSecond), ratio(turns, cost)]);
        } finally {
          await Promise.all([named.end(), unnamed.end()]);
        }
      }
      await owner.query('drop table bench_orders, bench_customer');
    } finally {
      await owner.end();
    }
    return { head: ['', 'unnamed per second', 'named/unnamed', 'processor, named/unnamed'], rows };
  },
};

const tables = `
  create table bench_customer (id int primary key, name text not null, city text not null);
  create table bench_orders (id int primary key, customer int not null references bench_customer, total int not null);
  insert into bench_customer select n, 'name ' || n, 'city ' || n % 50 from generate_series(1, 2000) n;
  insert into bench_orders select n, 1 + n % 2000, n % 700 from generate_series(1, 20000) n;
  create index on bench_orders (customer);
  analyze bench_customer, bench_orders`;

interface Contestant {
  run(): Promise<unknown>;
  end(): Promise<unknown>;
}
const someone = (): number => 1 + Math.floor(Math.random() * 2000);

const contests = (keeps: string, loses: string): [string, Contestant, Contestant][] => [
  ['postgres.js', byPostgresJs(keeps), byPostgresJs(keeps, { prepare: false })],
  ['Drizzle, `.prepare()`', byDrizzle(keeps), byDrizzle(loses)],
  ['pg, `name`', byPg(keeps), byPg(loses)],
];

function byPostgresJs(url: string, options: { prepare?: boolean } = {}): Contestant {
  const client = postgres(url, { max: clients, ...options });
  return {
    run: async () =>
      await client`
      select c.name, c.city, o.id, o.total from bench_customer c join bench_orders o on o.customer = c.id
      where c.id = ${someone()} and o.total >= ${100} order by o.total desc limit ${10}`,
    end: () => client.end(),
  };
}

const customer = pgTable('bench_customer', {
  id: integer().primaryKey(),
  name: text().notNull(),
  city: text().notNull(),
});
const orders = pgTable('bench_orders', {
  id: integer().primaryKey(),
  customer: integer().notNull(),
  total: integer().notNull(),
});

function byDrizzle(url: string): Contestant {
  const db = drizzle({ connection: { connectionString: url, max: clients } });
  const query = db
    .select({ name: customer.name, city: customer.city, id: orders.id, total: orders.total })
    .from(customer)
    .innerJoin(orders, eq(orders.customer, customer.id))
    .where(and(eq(customer.id, sql.placeholder('id')), gte(orders.total, sql.placeholder('least'))))
    .limit(10)
    .prepare('orders_of_customer');
  return { run: () => query.execute({ id: someone(), least: 100 }), end: () => db.$client.end() };
}

function byPg(url: string): Contestant {
  const pool = new Pool({ connectionString: url, max: clients });
  const query = {
    name: 'orders_of_customer',
    text: `select c.name, c.city, o.id, o.total from bench_customer c join bench_orders o on o.customer = c.id
      where c.id = $1 and o.total >= $2 order by o.total desc limit $3`,
  };
  return { run: () => pool.query({ ...query, values: [someone(), 100, 10] }), end: () => pool.end() };
}
