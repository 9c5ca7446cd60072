import { type OpenedConnection, openConnection, resolveConnection, type SslMode } from '@azure-pg/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodePostgres, postgresJs } from '../drive.ts';
import { libpq, type Outcome, psql } from './oracles.ts';
import { TableServers, tableServers } from './table-servers.ts';

const modes: readonly SslMode[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const question = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';

let servers: TableServers;
beforeAll(async () => {
  if ((await psql()) === undefined) console.log('There is no psql on this machine: libpq 18 judges alone.');
  servers = await TableServers.start();
});
afterAll(() => servers.stop());

interface Cell {
  readonly mode: SslMode;
  readonly root: boolean;
  readonly text: string;
}

function cells(user: string): Cell[] {
  return modes.flatMap((mode) =>
    [true, false].map((root) => {
      const settings = {
        host: 'localhost',
        hostaddr: '127.0.0.1',
        port: String(servers.port),
        dbname: 'postgres',
        user,
        password: 'wrong',
        sslmode: mode,
        ...(root ? { sslrootcert: servers.emulator.ca.file } : {}),
      };
      const text = Object.entries(settings)
        .map(([name, value]) => `${name}='${value}'`)
        .join(' ');
      return { mode, root, text };
    }),
  );
}

const open = (text: string): Promise<OpenedConnection> =>
  openConnection(resolveConnection(text, undefined, {}));

async function throughNodePostgres(text: string): Promise<Outcome> {
  const opened = await open(text).catch(() => undefined);
  if (opened === undefined) return 'refused';
  const client = await nodePostgres(opened, 'postgres');
  try {
    const { rows } = await client.query<{ ssl: boolean }>(question);
    expect(opened.encrypted).toBe(rows[0]?.ssl);
    return rows[0]?.ssl ? 'encrypted' : 'plaintext';
  } finally {
    await client.end();
  }
}

async function throughPostgresJs(text: string): Promise<Outcome> {
  // Opened before, so that what is refused does not meet the driver's own retries.
  const opened = await open(text).catch(() => undefined);
  if (opened === undefined) return 'refused';
  const sql = postgresJs(async () => opened, { user: opened.user, database: 'postgres' });
  try {
    const rows = await sql.unsafe<{ ssl: boolean }[]>(question);
    return rows[0]?.ssl ? 'encrypted' : 'plaintext';
  } finally {
    await sql.end();
  }
}

describe('sslmode does what it does in psql', () => {
  it.each(tableServers)('$name', async ({ certificate, user }) => {
    await servers.show(certificate);
    const table = cells(user);
    const named = (outcomes: readonly Outcome[]): Record<string, Outcome> =>
      Object.fromEntries(
        table.map(({ mode, root }, index) => [
          `${mode}, ${root ? 'root file' : 'no root file'}`,
          outcomes[index] as Outcome,
        ]),
      );
    const expected = named(await libpq.ask(table.map(({ text }) => text)));
    const local = await psql();
    if (local !== undefined) {
      expect(named(await local.ask(table.map(({ text }) => text))), local.name).toEqual(expected);
    }
    const ours = { pg: [] as Outcome[], postgresJs: [] as Outcome[] };
    for (const { text } of table) {
      ours.pg.push(await throughNodePostgres(text));
      ours.postgresJs.push(await throughPostgresJs(text));
    }
    expect(named(ours.pg), 'node-postgres').toEqual(expected);
    expect(named(ours.postgresJs), 'postgres.js').toEqual(expected);
  });

  it('covers at least 12 servers, and the table is not all of one kind', async () => {
    await servers.show('good');
    const outcomes = new Set(await libpq.ask(cells('tls_optional').map(({ text }) => text)));
    expect(tableServers.length).toBeGreaterThanOrEqual(12);
    expect([...outcomes].sort()).toEqual(['encrypted', 'plaintext', 'refused']);
  });
});
