import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../src/command-line.ts';

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

function run(...args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return runWith({}, ...args);
}

function runWith(
  env: NodeJS.ProcessEnv,
  ...args: readonly string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=@azure-pg/source', '--disable-warning=ExperimentalWarning', bin, ...args],
      { env: { ...process.env, NODE_OPTIONS: '', ...env } },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe('what the arguments mean', () => {
  test('every flag arrives where startEmulator looks for it', () => {
    const line =
      '--json --user shop --host localhost --database shop --port 1 --pooled-port 2 --postgres-port 3 --pgbouncer-port 4 --entra-port 5 ' +
      '--identity-port 6 --pool-mode session --max-prepared-statements 200 --pool-size 3 --adversarial --setting a=b=c ' +
      '--setting d=1 --pgbouncer-setting e=2 --token-lifetime 60 --with-parent --high-availability --failover-port 7 --listen 0.0.0.0 --password a --ca-file b -- npm test -- --watch';
    expect(parseCommandLine(line.split(' '), {})).toEqual({
      json: true,
      withParent: true,
      failoverPort: 7,
      caFile: 'b',
      command: ['npm', 'test', '--', '--watch'],
      options: {
        ports: { direct: 1, pooled: 2, postgres: 3, pgbouncer: 4, entra: 5, identity: 6 },
        pooler: {
          poolMode: 'session',
          maxPreparedStatements: 200,
          poolSize: 3,
          adversarial: true,
          settings: { e: '2' },
        },
        postgres: { settings: { a: 'b=c', d: '1' } },
        identity: { name: 'shop' },
        host: 'localhost',
        database: 'shop',
        tokenLifetime: 60,
        highAvailability: true,
        listen: '0.0.0.0',
        password: 'a',
      },
    });
    expect(parseCommandLine(['--no-pooler'])).toMatchObject({
      options: { pooler: false },
      json: false,
      command: [],
    });
    expect(parseCommandLine(['--help'])).toBe('help');
  });

  test('the environment says what the arguments leave open', () => {
    const environment = {
      AZURE_PG_EMULATOR_PORT: '1',
      AZURE_PG_EMULATOR_POOLED_PORT: '2',
      AZURE_PG_EMULATOR_HIGH_AVAILABILITY: '1',
      AZURE_PG_EMULATOR_NO_POOLER: '0',
      AZURE_PG_EMULATOR_LISTEN: '0.0.0.0',
      AZURE_PG_EMULATOR_PASSWORD: 'secret',
      AZURE_PG_EMULATOR_CA_FILE: '/ca.pem',
      AZURE_PG_EMULATOR_DATABASE: '',
      // Names a program, and is no flag.
      AZURE_PG_EMULATOR_POSTGRES: '/usr/lib/postgresql/18',
    };
    const read = parseCommandLine(['--pooled-port', '3'], environment);
    expect(read).toMatchObject({
      caFile: '/ca.pem',
      options: {
        ports: { direct: 1, pooled: 3 },
        pooler: {},
        highAvailability: true,
        listen: '0.0.0.0',
        password: 'secret',
      },
    });
    expect(read).not.toHaveProperty('options.database');
    expect(() => parseCommandLine([], { AZURE_PG_EMULATOR_JSON: 'yes' })).toThrow(
      'AZURE_PG_EMULATOR_JSON wants 1 or 0, not "yes".',
    );
  });

  test.each([
    [['--prot', '1'], /--prot/],
    [['--port', 'x'], /--port wants a whole number/],
    [['--setting', 'x'], /NAME=VALUE/],
    [['stray'], /stray/],
    [['--'], /No command/],
  ])('%j is refused with a reason', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});

describe('the command', () => {
  test('with --host of Azure’s gives URLs that need hostaddr', async () => {
    const { stdout } = await run(
      '--no-pooler',
      '--host',
      'shop.postgres.database.azure.com',
      '--',
      '/bin/sh',
      '-c',
      'echo "$DATABASE_URL"',
    );
    expect(stdout).toMatch(
      /^postgresql:\/\/shop\.postgres\.database\.azure\.com:\d+\/postgres\?hostaddr=127\.0\.0\.1&sslrootcert=\S+\n$/,
    );
  });

  test('keeps what NODE_EXTRA_CA_CERTS says already', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'azure-pg-ca-'));
    const file = join(folder, 'company.pem');
    await writeFile(file, '# The company’s');
    const { stdout } = await runWith(
      { NODE_EXTRA_CA_CERTS: file },
      ...['--no-pooler', '--', '/bin/sh', '-c', 'cat "$NODE_EXTRA_CA_CERTS"'],
    );
    await rm(folder, { recursive: true });
    expect(stdout).toMatch(/^# The company’s\n-----BEGIN CERTIFICATE-----/);
  });

  test('runs a command with everything that a program needs, and ends with its exit code', async () => {
    const script = 'echo "$DATABASE_URL $IDENTITY_ENDPOINT $NODE_EXTRA_CA_CERTS"; exit 7';
    const { code, stdout } = await run('--no-pooler', '--', '/bin/sh', '-c', script);
    expect(code).toBe(7);
    expect(stdout).toMatch(
      /^postgresql:\/\/localhost:\d+\/postgres\?auth=entra&sslrootcert=\S+ http:\/\/127\.0\.0\.1:\d+\/msi\/token \S+ca\.pem\n$/,
    );
  });

  test('--high-availability: any program asks for a failover with a POST, and no web page may', async () => {
    const script = `
      const ask = (path, init) => fetch(process.env.FAILOVER_URL + path, init).then(async (r) => [r.status, await r.json()]);
      const post = { method: 'POST' };
      console.log(JSON.stringify([
        await ask('?kind=forced', post), await ask('?kind=sudden', post), await ask('?kind=forced'),
        await ask('?kind=forced', { ...post, headers: { origin: 'http://localhost' } }),
      ]));`;
    const { code, stdout, stderr } = await run(
      ...['--no-pooler', '--high-availability', '--', process.execPath, '--input-type=module', '-e', script],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual([
      [200, { downtime: expect.any(Number), timelineBefore: 1, timelineAfter: 2 }],
      [400, { error: expect.stringContaining('"sudden"') }],
      [405, { error: expect.any(String) }],
      [403, { error: expect.any(String) }],
    ]);
  });

  test('a command that is not there gives 127, a wrong flag 2, --help 0', async () => {
    expect(await run('--no-pooler', '--', '/no/such/program')).toMatchObject({ code: 127 });
    expect(await run('--nonsense')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('--nonsense'),
    });
    expect(await run('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage:') });
  });

  test('without PgBouncer it says how to get it, and does not start half of what was asked for', async () => {
    const { code, stdout, stderr } = await runWith({ AZURE_PG_EMULATOR_PGBOUNCER: '/no/such/pgbouncer' });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('PgBouncer 1.21 or newer is not available');
    expect(stderr).toMatch(/Install (it|PgBouncer)/);
    expect(stderr).toContain('pooler: false');
  });

  test('on Windows it says what to do instead', async () => {
    const { code, stdout, stderr } = await runWith({
      NODE_OPTIONS: `--import "data:text/javascript,Object.defineProperty(process,'platform',{value:'win32'})"`,
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toBe(
      'azure-pg-emulator: The emulator does not run on Windows itself. Run it, and Node.js, in the Windows Subsystem for Linux (`wsl --install`).\n',
    );
  });

  test('a port that is taken is named', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as AddressInfo;
    const { code, stderr } = await run('--no-pooler', '--port', String(port));
    await new Promise((resolve) => holder.close(resolve));
    expect(code).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${port}`);
  });
});
