import { Pool as OurPool } from '@azure-pg/pg';
import ourPostgres from '@azure-pg/postgresjs';
import pg from 'pg';
import Cursor from 'pg-cursor';
import postgres from 'postgres';
import { type Measurement, scaled, type Table } from './measurement.ts';
import { cost, middle, perSecond, ratio, type Stretch, takeTurns, timed } from './take-turns.ts';

const rowCount = 50_000;
const text = `select n, repeat('x', 200) as text from generate_series(1, ${rowCount}) as n`;

type Work = () => Promise<unknown>;

/** Large results: rows all at once, by a cursor, and COPY. */
export const streaming: Measurement = {
  title: 'Large results',
  how: `${rowCount.toLocaleString('en')} rows of 200 characters over one connection: as one result, by a cursor (1,000 rows at a time), and by COPY.`,
  async run({ user, password, ca, direct }, { scale }): Promise<Table> {
    const place = {
      host: 'localhost',
      port: direct.port,
      user,
      password,
      database: 'postgres',
      ssl: { ca },
      max: 1,
    };
    const pools = [new pg.Pool(place), new OurPool({ connectionString: direct.url, max: 1 })] as const;
    const instances = [
      postgres(place),
      ourPostgres(direct.url, { max: 1 }) as unknown as postgres.Sql,
    ] as const;
    const cases: [string, string, Work, Work][] = [
      ['pg', 'one result', ...both(pools, (pool) => pool.query(text))],
      ['pg', 'pg-cursor', ...both(pools, byCursor)],
      ['postgres.js', 'one result', ...both(instances, (sql) => sql.unsafe(text))],
      ['postgres.js', 'cursor', ...both(instances, (sql) => sql.unsafe(text).cursor(1000, () => {}))],
      ['postgres.js', 'COPY', ...both(instances, copy)],
    ];
    const rows: string[][] = [];
    try {
      for (const [driver, how, bare, ours] of cases) {
        const once = (work: Work) => (): Promise<Stretch> => measured(work);
        await takeTurns(3, once(bare), once(ours));
        const turns = await takeTurns(scaled(15, scale), once(bare), once(ours));
        const megabytes = middle(turns.bare.map(perSecond)) * ((rowCount * 205) / 1e6);
        rows.push([driver, how, `${megabytes.toFixed(0)} MB/s`, ratio(turns, perSecond), ratio(turns, cost)]);
      }
    } finally {
      await Promise.all([...pools, ...instances].map((one) => one.end()));
    }
    return { head: ['driver', 'how', 'bare', 'speed, ours/bare', 'processor, ours/bare'], rows };
  },
};

const both = <T>([bare, ours]: readonly [T, T], work: (one: T) => Promise<unknown>): [Work, Work] => [
  () => work(bare),
  () => work(ours),
];

async function byCursor(pool: pg.Pool): Promise<void> {
  const client = await pool.connect();
  try {
    const cursor = client.query(new Cursor(text));
    while ((await cursor.read(1000)).length > 0);
    await cursor.close();
  } finally {
    client.release();
  }
}

async function copy(sql: postgres.Sql): Promise<void> {
  const stream = await sql.unsafe(`copy (${text}) to stdout`).readable();
  for await (const _ of stream);
}

/** One result. */
const measured = (work: Work): Promise<Stretch> => timed(() => work().then(() => 1));
