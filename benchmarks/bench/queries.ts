import type { ContractAdapter, ContractClient } from '@azure-pg/contract';
import { fileOf, ours } from '../contract-adapters.ts';
import { type Measurement, scaled, type Table } from './measurement.ts';
import type { Servers } from './servers.ts';
import { cost, middle, perSecond, ratio, stretch, takeTurns } from './take-turns.ts';

const inFlight = [1, 8, 64];
const routes = ['direct', 'pooled'] as const;
/** Short, so that a busy moment of the machine meets both sides. */
const milliseconds = 100;

/** A small query with a parameter, over pools of ten connections. */
export const queries: Measurement = {
  title: 'Queries',
  how: `\`select $1::int as n\` through every adapter and through its driver or ORM without it, on open connections (pools of ten, a password, TLS), with 1, 8 and 64 queries in flight: rounds of ${milliseconds} ms, taking turns; "unguarded": with \`session_features=off\`, where queries are not looked at for what the pooler loses. "per second" above 1 and "processor" below 1 mean that ours is better.`,
  async run(servers, { scale, adapters = ours }): Promise<Table> {
    const rows: string[][] = [];
    for (const name of adapters) {
      const { default: adapter } = (await import(fileOf(name))) as { default: ContractAdapter };
      if (adapter.openBare === undefined) continue;
      const isDriver = name === 'pg' || name === 'postgresjs';
      for (const route of isDriver ? [...routes, 'unguarded' as const] : routes) {
        const [bare, own] = await open(adapter, servers, route);
        try {
          for (const atOnce of inFlight) rows.push(await compare(name, route, atOnce, [bare, own], scale));
        } finally {
          await Promise.all([bare.end(), own.end()]);
        }
      }
    }
    return {
      head: [
        'adapter',
        'route',
        'in flight',
        'bare per second',
        'per second, ours/bare',
        'processor per query, ours/bare',
      ],
      rows,
    };
  },
};

async function open(
  adapter: ContractAdapter,
  servers: Servers,
  route: (typeof routes)[number] | 'unguarded',
): Promise<[bare: ContractClient, ours: ContractClient]> {
  const { user, password, ca } = servers;
  const { url: guarded, port } = servers[route === 'direct' ? 'direct' : 'pooled'];
  const url = route === 'unguarded' ? `${guarded}&session_features=off` : guarded;
  const server = { host: 'localhost', port, user, password, database: 'postgres', ca };
  if (adapter.openBare === undefined) throw new Error('has no bare driver');
  return [await adapter.openBare(server), await adapter.open({ url, options: {}, max: undefined })];
}

async function compare(
  name: string,
  route: string,
  atOnce: number,
  clients: readonly [ContractClient, ContractClient],
  scale: number,
): Promise<string[]> {
  const [bare, own] = clients.map(
    (client) => () => stretch(milliseconds, atOnce, () => client.query('select $1::int as n', [1])),
  ) as [() => ReturnType<typeof stretch>, () => ReturnType<typeof stretch>];
  // Compiled, connected, and their types learned.
  await takeTurns(5, bare, own);
  const turns = await takeTurns(scaled(20, scale), bare, own);
  return [
    name,
    route,
    String(atOnce),
    middle(turns.bare.map(perSecond)).toFixed(0),
    ratio(turns, perSecond),
    ratio(turns, cost),
  ];
}
