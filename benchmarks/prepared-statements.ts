// What named prepared statements are worth through PgBouncer with max_prepared_statements=200, next to `prepare: false` in the same run.
//
//   node --conditions=@azure-pg/source prepared-statements.ts [--rounds 7] [--seconds 2] [--clients 8]
import { parseArgs } from 'node:util';
import { drizzle } from '@azure-pg/drizzle';
import { startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import postgres from '@azure-pg/postgresjs';
import { and, eq, gte, sql } from 'drizzle-orm';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    clients: { type: 'string', default: '8' },
  },
});
const rounds = Number(values.rounds);
const clients = Number(values.clients);

await using emulator = await startEmulator({ pooler: { maxPreparedStatements: 200, poolSize: 8 } });
await emulator.query('create table customer (id int primary key, name text not null, city text not null)');
await emulator.query(
  'create table orders (id int primary key, customer int not null references customer, total int not null)',
);
await emulator.query(
  `insert into customer select n, 'name ' || n, 'city ' || n % 50 from generate_series(1, 2000) n`,
);
await emulator.query('insert into orders select n, 1 + n % 2000, n % 700 from generate_series(1, 20000) n');
await emulator.query('create index on orders (customer)');
await emulator.query('analyze customer, orders');
await emulator.query('grant all on customer, orders to app');

const pooled = `${emulator.pgbouncer?.url}&pool_mode=transaction`;
const named = `${pooled}&max_prepared_statements=200`;
const unnamed = `${pooled}&max_prepared_statements=0`;

interface Contestant {
  run(): Promise<unknown>;
  end(): Promise<unknown>;
}
const someone = (): number => 1 + Math.floor(Math.random() * 2000);

function postgresjs(url: string, options: { prepare?: boolean } = {}): Contestant {
  const client = postgres(url, { max: clients, ...options });
  return {
    run: () => client`
      select c.name, c.city, o.id, o.total from customer c join orders o on o.customer = c.id
      where c.id = ${someone()} and o.total >= ${100} order by o.total desc limit ${10}`,
    end: () => client.end(),
  };
}

const customer = pgTable('customer', {
  id: integer().primaryKey(),
  name: text().notNull(),
  city: text().notNull(),
});
const orders = pgTable('orders', {
  id: integer().primaryKey(),
  customer: integer().notNull(),
  total: integer().notNull(),
});

function drizzlePrepared(url: string): Contestant {
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

function pgNamed(url: string): Contestant {
  const pool = new Pool({ connectionString: url, max: clients });
  const query = {
    name: 'orders_of_customer',
    text: `select c.name, c.city, o.id, o.total from customer c join orders o on o.customer = c.id
      where c.id = $1 and o.total >= $2 order by o.total desc limit $3`,
  };
  return { run: () => pool.query({ ...query, values: [someone(), 100, 10] }), end: () => pool.end() };
}

const contests: Readonly<Record<string, readonly [named: Contestant, unnamed: Contestant]>> = {
  'postgres.js, next to prepare: false': [postgresjs(named), postgresjs(named, { prepare: false })],
  'Drizzle .prepare(), next to max_prepared_statements=0': [drizzlePrepared(named), drizzlePrepared(unnamed)],
  'pg { name }, next to max_prepared_statements=0': [pgNamed(named), pgNamed(unnamed)],
};

console.log(
  `PgBouncer ${emulator.pgbouncer?.version}, ${clients} clients, ${rounds} rounds of ${values.seconds} s each, taking turns`,
);
console.log(
  'what                                                  named q/s  unnamed q/s  ratio (median; least to most)',
);
for (const [name, contestants] of Object.entries(contests)) {
  for (const contestant of contestants) await measure(contestant, 500);
  const figures: [number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    figures.push([
      await measure(contestants[0], Number(values.seconds) * 1000),
      await measure(contestants[1], Number(values.seconds) * 1000),
    ]);
  }
  const ratios = figures.map(([a, b]) => a / b).sort((a, b) => a - b);
  const median = (numbers: number[]): number =>
    numbers.sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
  console.log(
    name.padEnd(52),
    median(figures.map(([a]) => a))
      .toFixed(0)
      .padStart(10),
    median(figures.map(([, b]) => b))
      .toFixed(0)
      .padStart(12),
    `  ${median(ratios).toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})`,
  );
  for (const contestant of contestants) await contestant.end();
}

/** Queries per second. */
async function measure(contestant: Contestant, milliseconds: number): Promise<number> {
  const started = performance.now();
  let count = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - started < milliseconds) {
      await contestant.run();
      count++;
    }
  };
  await Promise.all(Array.from({ length: clients }, () => client()));
  return count / ((performance.now() - started) / 1000);
}
