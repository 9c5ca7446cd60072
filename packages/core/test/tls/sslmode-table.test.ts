import { type OpenedConnection, openConnection, resolveConnection } from '@azure-pg/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodePostgres, postgresJs } from '../drive.ts';
import { libpq, type Outcome, psql } from './oracles.ts';
import { cellsOf, encryptionQuery, named } from './table-cells.ts';
import { TableServers, tableServers } from './table-servers.ts';

let servers: TableServers;
beforeAll(async () => {
  if ((await psql()) === undefined) console.log('There is no psql on this machine: libpq 18 judges alone.');
  servers = await TableServers.start();
});
afterAll(() => servers.stop());

const open = (text: string): Promise<OpenedConnection> =>
  openConnection(resolveConnection(text, undefined, {}));

async function throughNodePostgres(text: string): Promise<Outcome> {
  const opened = await open(text).catch(() => undefined);
  if (opened === undefined) return 'refused';
  const client = await nodePostgres(opened, 'postgres');
  try {
    const { rows } = await client.query<{ ssl: boolean }>(encryptionQuery);
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
    const rows = await sql.unsafe<{ ssl: boolean }[]>(encryptionQuery);
    return rows[0]?.ssl ? 'encrypted' : 'plaintext';
  } finally {
    await sql.end();
  }
}

describe('sslmode does what it does in psql', () => {
  it.each(tableServers)('$name', async ({ certificate, user }) => {
    await servers.show(certificate);
    const table = cellsOf(servers, user);
    const expected = named(table, await libpq.ask(table.map(({ text }) => text)));
    const local = await psql();
    if (local !== undefined) {
      expect(named(table, await local.ask(table.map(({ text }) => text))), local.name).toEqual(expected);
    }
    const ours = { pg: [] as Outcome[], postgresJs: [] as Outcome[] };
    for (const { text } of table) {
      ours.pg.push(await throughNodePostgres(text));
      ours.postgresJs.push(await throughPostgresJs(text));
    }
    expect(named(table, ours.pg), 'node-postgres').toEqual(expected);
    expect(named(table, ours.postgresJs), 'postgres.js').toEqual(expected);
  });

  it('covers at least 12 servers, and the table is not all of one kind', async () => {
    await servers.show('good');
    const outcomes = new Set(await libpq.ask(cellsOf(servers, 'tls_optional').map(({ text }) => text)));
    expect(tableServers.length).toBeGreaterThanOrEqual(12);
    expect([...outcomes].sort()).toEqual(['encrypted', 'plaintext', 'refused']);
  });
});
