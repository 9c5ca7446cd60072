import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseCommandLine } from '../src/command-line.ts';
import { freePort } from '../src/machine/free-port.ts';
import { skipPooler } from './connect.ts';

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
const names = ['PORT', 'POOLED_PORT', 'POSTGRES_PORT', 'PGBOUNCER_PORT', 'IDENTITY_PORT'] as const;
const password = "it's a fixed password: 100 %";

let folder: string;
let caFile: string;
let ca: string;
let emulator: ChildProcess;
let ports: Record<(typeof names)[number], number>;
const lines: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'azure-pg-fixed-'));
  caFile = join(folder, 'ca.pem');
  const chosen: [string, number][] = [];
  for (const name of names) chosen.push([name, await freePort()]);
  ports = Object.fromEntries(chosen) as typeof ports;
  emulator = spawn(
    process.execPath,
    ['--conditions=@azure-pg/source', '--disable-warning=ExperimentalWarning', bin],
    {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        ...Object.fromEntries(chosen.map(([name, port]) => [`AZURE_PG_EMULATOR_${name}`, String(port)])),
        AZURE_PG_EMULATOR_LISTEN: '0.0.0.0',
        AZURE_PG_EMULATOR_HOST: 'emulator',
        AZURE_PG_EMULATOR_PASSWORD: password,
        AZURE_PG_EMULATOR_CA_FILE: caFile,
        ...(skipPooler && { AZURE_PG_EMULATOR_NO_POOLER: '1' }),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  if (emulator.stdout === null) throw new Error('It has no output.');
  for await (const line of createInterface(emulator.stdout)) {
    lines.push(line);
    if (line.includes('is ready')) break;
  }
  ca = await readFile(caFile, 'utf8');
});
afterAll(async () => {
  emulator.kill('SIGTERM');
  await once(emulator, 'exit');
  await rm(folder, { recursive: true });
});

/** A client of the machine's network: as another machine it has another address, and knows the emulator by its name. */
async function roleOf(port: number, user: string, secret: string): Promise<string> {
  const far = (): Socket => {
    const socket = new Socket();
    const connect = socket.connect.bind(socket);
    socket.connect = ((to: number, host: string) =>
      connect({ port: to, host, localAddress: '127.0.0.7' })) as typeof socket.connect;
    return socket;
  };
  const client = new pg.Client({
    host: '127.0.0.9',
    port,
    user,
    password: secret,
    database: 'postgres',
    ssl: { ca, servername: 'emulator' },
    stream: far,
  });
  await client.connect();
  const { rows } = await client.query<{ role: string }>('SELECT current_user AS role');
  await client.end();
  return rows[0]?.role ?? '';
}

test('the line to wait for is the last one that is printed', () => {
  expect(lines.at(-1)).toBe('# azure-pg-emulator is ready.');
  expect(lines.filter((line) => line.includes('is ready'))).toHaveLength(1);
});

// Only Linux gives further loopback addresses without asking.
test.runIf(process.platform === 'linux')(
  'from another address a program signs in with the password that was chosen, or with a token',
  async () => {
    expect(await roleOf(ports.POSTGRES_PORT, 'app', password)).toBe('app');
    const metadata = await fetch(
      `http://127.0.0.9:${ports.IDENTITY_PORT}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://ossrdbms-aad.database.windows.net`,
      { headers: { metadata: 'true' } },
    );
    // By an address that the emulator was not told of, as a page whose name leads here.
    expect(metadata.status).toBe(400);
    const answer = await fetch(
      `http://localhost:${ports.IDENTITY_PORT}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://ossrdbms-aad.database.windows.net`,
      { headers: { metadata: 'true' } },
    );
    const { access_token: token } = (await answer.json()) as { access_token: string };
    expect(await roleOf(ports.PORT, 'local-app', token)).toBe('local-app');
    if (skipPooler) return;
    expect(await roleOf(ports.PGBOUNCER_PORT, 'app', password)).toBe('app');
    expect(await roleOf(ports.POOLED_PORT, 'local-app', token)).toBe('local-app');
  },
);

test('the image’s environment is one that the command takes, and its ports are published', async () => {
  const image = await readFile(new URL('../docker/Dockerfile', import.meta.url), 'utf8');
  const environment = Object.fromEntries(
    [...image.matchAll(/^ENV (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
  );
  const [, ...args] = JSON.parse(/^CMD (.*)$/m.exec(image)?.[1] ?? '') as string[];
  const read = parseCommandLine(args, environment);
  if (read === 'help') throw new Error('The image prints help.');
  const { options, failoverPort, caFile } = read;
  const ports = { direct: 5432, pooled: 6432, postgres: 5433, pgbouncer: 6433, entra: 8443, identity: 8081 };
  expect(options).toMatchObject({ listen: '0.0.0.0', ports });
  expect(image).toContain(`EXPOSE ${[...Object.values(ports), failoverPort].join(' ')}\n`);
  expect(image).toContain(`"${caFile}"`);
});
