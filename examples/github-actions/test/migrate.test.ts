import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

let emulator: Emulator;
let github: Server;
let issued = 0;

beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  emulator.entra.tokenLifetime = 3;
  // GitHub's endpoint, whose assertions live for as long as a busy machine needs to use them.
  github = createServer(async ({ url, headers }, response) => {
    const asked = new URL(url ?? '', 'http://localhost').searchParams;
    if (
      headers.authorization !== 'Bearer job-token' ||
      asked.get('audience') !== 'api://AzureADTokenExchange'
    ) {
      response.writeHead(401).end();
      return;
    }
    issued += 1;
    response.end(JSON.stringify({ value: await emulator.entra.federatedToken({ lifetime: 3 }) }));
  });
  await new Promise<void>((resolve) => github.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  github?.close();
  await emulator?.stop();
});

async function migrate(token: string): Promise<{ stdout: string; stderr: string }> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const { AZURE_TENANT_ID, AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS, AZURE_CLIENT_ID } =
    emulator.environments.workloadIdentity;
  return await promisify(execFile)(
    process.execPath,
    ['--conditions=@azure-pg/source', fileURLToPath(new URL('../src/migrate.ts', import.meta.url))],
    {
      env: {
        ...{ PATH, NODE_COMPILE_CACHE, HOME: emulator.folder },
        ...{ AZURE_TENANT_ID, AZURE_AUTHORITY_HOST, NODE_EXTRA_CA_CERTS, AZURE_CLIENT_ID },
        ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}/token?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: token,
        DATABASE_URL: emulator.url,
        STEP_MILLISECONDS: '3500',
      },
    },
  );
}

it('migrations outlive the assertion and the token with which they began', { timeout: 60_000 }, async () => {
  await migrate('job-token');
  const pool = new Pool({ connectionString: emulator.url, credential: emulator.entra.credential() });
  expect((await pool.query('select id from step order by id')).rows).toEqual([{ id: 1 }, { id: 2 }]);
  await pool.end();
  // Three steps, each on a connection with a token of its own; and one that names the identity.
  expect(issued).toBeGreaterThanOrEqual(4);
});

it('a job without the permission gets what GitHub said', async () => {
  await expect(migrate('no-permission')).rejects.toMatchObject({
    stderr: expect.stringContaining('GitHub gave no OIDC token: HTTP 401'),
  });
});
