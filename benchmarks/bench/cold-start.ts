import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchRuntimes } from '../../fresh-projects/runtimes.ts';
import { type Measurement, scaled, type Table } from './measurement.ts';
import { runProgram } from './run-program.ts';
import { type IdentityKind, identityKinds, type Servers, tokenDelay } from './servers.ts';
import { middle, spread } from './take-turns.ts';

const programs = {
  'by hand': 'by-hand.ts',
  '@azure/postgresql-auth': 'microsoft.ts',
  '@azure-pg/pg': 'ours.ts',
  '@azure-pg/postgresjs': 'ours-postgresjs.ts',
  'pg, static password': 'static-password.ts',
} as const;
type Name = keyof typeof programs;

interface Start {
  readonly role: string;
  readonly wall: number;
  readonly cpu: number;
}

/** The start of a process where programs are deployed. */
export const coldStart: Measurement = {
  title: 'Cold start',
  how: `From the start of a process to its first row, signed in with a token that takes ${tokenDelay} ms, over a network that takes so many milliseconds one way: ours, which is given a URL without a user (but for a service principal, whose role nothing else names); pg with \`password: async () => (await credential.getToken(scope)).token\` and a user; the same with @azure/postgresql-auth 1.0.0-beta.1. The limit is pg with a static password. Ratios are to "by hand".`,
  async run(servers, { scale }): Promise<Table> {
    const rows: string[][] = [];
    const folder = mkdtempSync(join(tmpdir(), 'azure-pg-bench-'));
    try {
      const runtimes = await fetchRuntimes(folder, /^Node\.js 2[246]$/);
      for (const { name: runtime, command } of runtimes) {
        for (const identity of identityKinds) {
          for (const delay of [0, 20, 100]) {
            const where = [runtime.replace('Node.js ', ''), identity, `${delay} ms`];
            const compared = await compare(servers, identity, delay, command, scaled(5, scale));
            rows.push(...compared.map((row) => [...where, ...row]));
          }
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    const head = ['Node.js', 'identity', 'one way', 'program', 'first row', 'ratio', 'processor', 'ratio'];
    return { head, rows };
  },
};

async function compare(
  servers: Servers,
  identity: IdentityKind,
  delay: number,
  node: string,
  rounds: number,
): Promise<string[][]> {
  const ways = await Promise.all([servers.entra, servers.direct].map(({ port }) => slowWay(port, delay)));
  const [entra, direct] = ways.map(portOf) as [number, number];
  const { env, role } = servers.identities[identity];
  const url = new URL(servers.entra.url);
  url.port = String(entra);
  // Nothing names it: its tokens do not, and it is no managed identity.
  if (identity === 'service principal') url.username = role;
  const start = (name: Name): Promise<Start> => {
    const password = name === 'pg, static password';
    const variables = {
      ...env,
      BENCH_URL: url.href,
      BENCH_PORT: String(password ? direct : entra),
      BENCH_USER: password ? servers.user : role,
      BENCH_PASSWORD: password ? servers.password : '',
      BENCH_CA: servers.caFile,
    };
    return runProgram(
      [fileURLToPath(new URL(`programs/${programs[name]}`, import.meta.url))],
      variables,
      node,
    );
  };
  try {
    return await inTurn(start, role, rounds);
  } finally {
    for (const way of ways) way.close();
  }
}

/** What each program took, by name. */
async function inTurn(
  start: (name: Name) => Promise<Start>,
  role: string,
  rounds: number,
): Promise<string[][]> {
  const names = Object.keys(programs) as Name[];
  const starts = Object.fromEntries(names.map((name) => [name, [] as Start[]])) as Record<Name, Start[]>;
  for (const name of names) await start(name);
  for (let round = 0; round < rounds; round++) {
    for (const [index] of names.entries()) {
      const name = names[(index + round) % names.length] as Name;
      starts[name].push(await start(name));
    }
  }
  return names.map((name) => {
    if (name !== 'pg, static password' && starts[name].some((one) => one.role !== role))
      throw new Error(`${name} was not signed in as the identity`);
    const ratio = (figure: 'wall' | 'cpu'): string =>
      spread(
        starts[name].map((one, round) => one[figure] / (starts['by hand'][round] as Start)[figure]),
        2,
      );
    return [
      name,
      `${middle(starts[name].map(({ wall }) => wall)).toFixed(0)} ms`,
      ratio('wall'),
      `${middle(starts[name].map(({ cpu }) => cpu)).toFixed(0)} ms`,
      ratio('cpu'),
    ];
  });
}

/** A way to the server on which every byte takes so many milliseconds. */
async function slowWay(target: number, delay: number): Promise<Server> {
  const forward = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delay));
    from.on('close', () => setTimeout(() => to.destroy(), delay));
    from.on('error', () => {});
  };
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    forward(client, upstream);
    forward(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

const portOf = (server: Server): number => (server.address() as { port: number }).port;
