import { Client } from '@azure-pg/pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { libpq, type Outcome } from '../../core/test/tls/oracles.ts';
import { cellsOf, encryptionQuery, named } from '../../core/test/tls/table-cells.ts';
import { TableServers, tableServers } from '../../core/test/tls/table-servers.ts';

let servers: TableServers;
beforeAll(async () => {
  servers = await TableServers.start();
});
afterAll(() => servers?.stop());

async function throughClient(connectionString: string): Promise<Outcome> {
  const client = new Client(connectionString);
  try {
    await client.connect();
  } catch {
    return 'refused';
  }
  try {
    const { rows } = await client.query<{ ssl: boolean }>(encryptionQuery);
    return rows[0]?.ssl ? 'encrypted' : 'plaintext';
  } finally {
    await client.end();
  }
}

it.each(tableServers)('sslmode does with our Client what it does in libpq: $name', async (server) => {
  await servers.show(server.certificate);
  const cells = cellsOf(servers, server.user);
  const ours: Outcome[] = [];
  for (const { text } of cells) ours.push(await throughClient(text));
  const expected = await libpq.ask(cells.map(({ text }) => text));
  expect(named(cells, ours)).toEqual(named(cells, expected));
});
