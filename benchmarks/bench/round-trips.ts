import { connect, createServer, type Server } from 'node:net';
import { Client as OurClient } from '@azure-pg/pg';
import ourPostgres from '@azure-pg/postgresjs';
import pg from 'pg';
import postgres from 'postgres';
import type { Measurement, Table } from './measurement.ts';
import type { Servers } from './servers.ts';

/** Counts how often a client waits for its server until the first row. */
export const roundTrips: Measurement = {
  title: 'Round trips',
  how: 'How often a client sends after it has heard from the server, from the first byte to the first row, counted at a proxy; TCP’s own is not in it. libpq 18 sends the same messages as pg: SSLRequest, TLS 1.3, the startup message, the answers to the sign-in, the query. With `sslnegotiation=direct` the first falls away, and with `send_token=at_once` one of the sign-in. postgres.js asks for the types of arrays first (`fetch_types`), ours once per server.',
  async run(servers): Promise<Table> {
    const rows: string[][] = [];
    for (const [driver, credential, ask] of contenders(servers)) {
      // The second time: whatever is learned once per process is known.
      await counted(ask);
      rows.push([driver, credential, String(await counted(ask))]);
    }
    return { head: ['driver', 'signs in with', 'round trips'], rows };
  },
};

/** Asks through a proxy, whose port it is given; `target` is where the proxy leads. */
interface Ask {
  readonly target: number;
  ask(port: number): Promise<unknown>;
}

function contenders({ user, password, ca, role, token, direct, entra }: Servers): [string, string, Ask][] {
  const at = (url: string, port: number, more = ''): string => {
    const changed = new URL(url);
    changed.port = String(port);
    return `${changed.href}${more}`;
  };
  const asRole = (url: string): string => url.replace('postgresql://', `postgresql://${role}@`);
  const bare = (port: number) => ({ host: '127.0.0.1', port, database: 'postgres', ssl: { ca } });
  const withToken = { user: role, password: token };
  const tokenProvider = async (): Promise<string> => token;
  const pgAsk = async (client: pg.Client): Promise<void> => {
    await client.connect();
    await client.query('select 1');
    await client.end();
  };
  const sqlAsk = async (sql: postgres.Sql): Promise<void> => {
    await sql`select 1`;
    await sql.end();
  };
  const native = (ask: Ask['ask']): Ask => ({ target: direct.port, ask });
  const gateway = (ask: Ask['ask']): Ask => ({ target: entra.port, ask });
  const ours = (url: string, options: object = {}): postgres.Sql =>
    ourPostgres(url, { max: 1, ...options }) as unknown as postgres.Sql;
  return [
    ['pg', 'password', native((port) => pgAsk(new pg.Client({ ...bare(port), user, password })))],
    ['@azure-pg/pg', 'password', native((port) => pgAsk(new OurClient(at(direct.url, port))))],
    [
      '@azure-pg/pg, sslnegotiation=direct',
      'password',
      native((port) => pgAsk(new OurClient(at(direct.url, port, '&sslnegotiation=direct')))),
    ],
    ['pg', 'token', gateway((port) => pgAsk(new pg.Client({ ...bare(port), ...withToken })))],
    [
      '@azure-pg/pg',
      'token',
      gateway((port) =>
        pgAsk(new OurClient({ connectionString: asRole(at(entra.url, port)), tokenProvider })),
      ),
    ],
    [
      '@azure-pg/pg, send_token=at_once',
      'token',
      gateway((port) =>
        pgAsk(
          new OurClient({
            connectionString: asRole(at(entra.url, port, '&send_token=at_once')),
            tokenProvider,
          }),
        ),
      ),
    ],
    [
      '@azure-pg/pg, send_token=at_once, sslnegotiation=direct',
      'token',
      gateway((port) =>
        pgAsk(
          new OurClient({
            connectionString: asRole(at(entra.url, port, '&send_token=at_once&sslnegotiation=direct')),
            tokenProvider,
          }),
        ),
      ),
    ],
    ['postgres', 'password', native((port) => sqlAsk(postgres({ ...bare(port), user, password, max: 1 })))],
    ['@azure-pg/postgresjs', 'password', native((port) => sqlAsk(ours(at(direct.url, port))))],
    ['postgres', 'token', gateway((port) => sqlAsk(postgres({ ...bare(port), ...withToken, max: 1 })))],
    [
      '@azure-pg/postgresjs',
      'token',
      gateway((port) => sqlAsk(ours(asRole(at(entra.url, port)), { tokenProvider }))),
    ],
  ];
}

async function counted({ target, ask }: Ask): Promise<number> {
  const trips: number[] = [];
  const server: Server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    let heard = true;
    const index = trips.push(0) - 1;
    client.on('data', (chunk) => {
      if (heard) trips[index] = (trips[index] ?? 0) + 1;
      heard = false;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      heard = true;
      client.write(chunk);
    });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await ask((server.address() as { port: number }).port);
  } finally {
    server.close();
  }
  // The last thing sent is the goodbye.
  return Math.max(...trips) - 1;
}
