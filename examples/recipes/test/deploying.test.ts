import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, otherCommands } from './support/pages.ts';
import { runProgram } from './support/run-program.ts';

const blocks = blocksOf('deploying');
const files = blocks.filter(({ kind }) => kind.startsWith('ts '));
const environments = new Map(
  blocks
    .filter(({ kind }) => kind.startsWith('ini '))
    .map(({ kind, code }) => [
      kind.slice('ini '.length),
      Object.fromEntries(
        code
          .trim()
          .split('\n')
          .map((line) => line.split(/=(.*)/s, 2)),
      ) as Record<string, string>,
    ]),
);

describe('docs/deploying.md', () => {
  it('every block is an example’s file, an environment that is run, commands of az, or says that it is unchecked', () => {
    const others = blocks.filter(({ kind }) => !/^(?:ts examples\/|ini |sh az$)/.test(kind));
    expect(others.map(({ kind }) => kind)).toEqual(['bicep unchecked', 'yaml unchecked']);
    expect([...environments.keys()]).toEqual(['service-connector', 'aspire']);
    expect(otherCommands(blocks)).toEqual([]);
    expect(files).toHaveLength(7);
  });

  it.each(files)('$kind is as its test runs it', async ({ kind, code }) => {
    expect(code).toBe(
      await readFile(new URL(`../../../${kind.slice('ts '.length)}`, import.meta.url), 'utf8'),
    );
  });
});

describe('the environments of docs/deploying.md', () => {
  const host = 'my-server.postgres.database.azure.com';
  let emulator: Emulator;
  let folder: string;
  /** Where the name of the page's server is found on this machine, and what its certificate leads to. */
  let here: Record<string, string>;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: false, host });
    await emulator.query('create database app');
    await emulator.query('create database postgresdb');
    here = {
      NODE_OPTIONS: `--import=${new URL('./support/azure-is-here.mjs', import.meta.url)}`,
      PGSSLROOTCERT: emulator.ca.file,
    };
    folder = await mkdtemp(fileURLToPath(new URL('./run-', import.meta.url)));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await emulator?.stop();
  });

  async function row(argument: string, env: Record<string, string | undefined>): Promise<string> {
    const file = join(folder, 'program.mjs');
    await writeFile(
      file,
      `import { Pool } from '@azure-pg/pg';
      const pool = new Pool(${argument});
      console.log((await pool.query('select current_user as who, current_database() as at')).rows[0]);
      await pool.end();`,
    );
    return (await runProgram(file, env)).stdout;
  }

  it('Service Connector’s', async () => {
    const identity = await emulator.createIdentity({ name: 'aad_my_connection' });
    const platform = (await emulator.environmentsFor(identity)).appService;
    const variables = {
      ...environments.get('service-connector'),
      AZURE_POSTGRESQL_PORT: String(emulator.ports.direct),
      AZURE_POSTGRESQL_CLIENTID: identity.clientId,
    };
    expect(await row('', { ...platform, ...here, ...variables })).toBe(
      "{ who: 'aad_my_connection', at: 'app' }\n",
    );
  });

  it.each(['', 'process.env.POSTGRESDB_URI'])('Aspire’s, read by new Pool(%s)', async (argument) => {
    const env = {
      ...emulator.env,
      ...here,
      ...environments.get('aspire'),
      PGPORT: String(emulator.ports.direct),
    };
    expect(await row(argument, env)).toBe("{ who: 'local-app', at: 'postgresdb' }\n");
  });
});
