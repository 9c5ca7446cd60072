import { Pool as OurPool, type PoolConfig } from '@azure-pg/pg';
import ourPostgres from '@azure-pg/postgresjs';
import pg from 'pg';
import postgres from 'postgres';
import { quantile } from 'simple-statistics';
import { type Measurement, scaled, type Table } from './measurement.ts';
import type { Servers } from './servers.ts';
import { cost, ratio, type Stretch, type Turns, takeTurns, timed } from './take-turns.ts';

/** Makes one connection, asks one question over it, and ends it. */
type Connect = () => Promise<unknown>;

/** New connections of a pool that exists: pg's pools with `maxUses: 1`; postgres.js, which has no such thing, with an instance for each. */
export const connecting: Measurement = {
  title: 'Connecting',
  how: 'A new connection with verified TLS, `select 1`, and its end, one after another and 20 at a time, in turns of 20; and a storm of 1,000, 100 at a time. pg: a pool with `maxUses: 1`; postgres.js: an instance for each connection, so the settings are resolved each time. "token": a fixed Entra token, through the emulator’s gateway.',
  async run(servers, { scale }): Promise<Table> {
    const rows: string[][] = [];
    for (const [driver, credential, bare, ours, end] of contenders(servers)) {
      try {
        for (const [atOnce, count, rounds] of [
          [1, 20, scaled(15, scale)],
          [20, 20, scaled(15, scale)],
          [100, 1000, 3],
        ] as const) {
          const times: [number[], number[]] = [[], []];
          const side = (connect: Connect, index: 0 | 1) => () =>
            connects(connect, atOnce, count, times[index]);
          await takeTurns(count === 20 ? 2 : 0, side(bare, 0), side(ours, 1));
          for (const one of times) one.length = 0;
          const turns = await takeTurns(rounds, side(bare, 0), side(ours, 1));
          rows.push([driver, credential, String(atOnce), ...figures(turns, times)]);
        }
      } finally {
        await end();
      }
    }
    return {
      head: [
        'driver',
        'signs in with',
        'at once',
        'bare p50',
        'p50, ours/bare',
        'p99, ours/bare',
        'processor, ours/bare',
      ],
      rows,
    };
  },
};

function figures(turns: Turns, [bare, ours]: readonly [number[], number[]]): string[] {
  const at = (part: number): string => (quantile(ours, part) / quantile(bare, part)).toFixed(2);
  return [`${quantile(bare, 0.5).toFixed(1)} ms`, at(0.5), at(0.99), ratio(turns, cost)];
}

function contenders(servers: Servers): [string, string, Connect, Connect, () => Promise<unknown>][] {
  const { user, password, ca, role, token, direct, entra } = servers;
  const ssl = { ca };
  const asRole = (url: string): string => url.replace('postgresql://', `postgresql://${role}@`);
  const withPassword = { host: 'localhost', port: direct.port, user, password, database: 'postgres', ssl };
  const withToken = { ...withPassword, port: entra.port, user: role, password: async () => token };
  const tokenProvider = async (): Promise<string> => token;
  const pools = (bare: pg.PoolConfig, ours: PoolConfig) => {
    const [one, other] = [
      new pg.Pool({ ...bare, maxUses: 1, max: 100 }),
      new OurPool({ ...ours, maxUses: 1, max: 100 }),
    ];
    return [
      () => one.query('select 1'),
      () => other.query('select 1'),
      () => Promise.all([one.end(), other.end()]),
    ] as const;
  };
  const instance =
    (make: () => postgres.Sql): Connect =>
    async () => {
      const sql = make();
      await sql`select 1`;
      await sql.end();
    };
  const nothing = async (): Promise<void> => {};
  return [
    ['pg', 'password', ...pools(withPassword, { connectionString: direct.url })],
    ['pg', 'token', ...pools(withToken, { connectionString: asRole(entra.url), tokenProvider })],
    [
      'postgres.js',
      'password',
      instance(() => postgres({ ...withPassword, max: 1, fetch_types: false })),
      instance(() => ourPostgres(direct.url, { max: 1, fetch_types: false }) as unknown as postgres.Sql),
      nothing,
    ],
    [
      'postgres.js',
      'token',
      instance(() => postgres({ ...withToken, max: 1, fetch_types: false })),
      instance(
        () =>
          ourPostgres(asRole(entra.url), {
            max: 1,
            fetch_types: false,
            tokenProvider,
          }) as unknown as postgres.Sql,
      ),
      nothing,
    ],
  ];
}

/** So many connections, so many of them at once; adds what each took. */
function connects(connect: Connect, atOnce: number, count: number, times: number[]): Promise<Stretch> {
  return timed(async () => {
    let left = count;
    const worker = async (): Promise<void> => {
      while (left-- > 0) {
        const from = performance.now();
        await connect();
        times.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return count;
  });
}
