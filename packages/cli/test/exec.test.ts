import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseConnectionString } from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

let emulator: Emulator;
let url: string;
beforeAll(async () => {
  // A name that every tool can resolve; the tools here know nothing of hostaddr.
  emulator = await startEmulator({ host: 'localhost' });
  url = `${emulator.url}&auth=entra&pooled_port=${emulator.ports.pooled}`;
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

const exec = (
  command: readonly string[],
  flags: readonly string[] = [],
  more: Parameters<typeof runCli>[1] = {},
) =>
  runCli(['exec', '--url', url, ...flags, '--', ...command], {
    ...more,
    env: { ...emulator.env, ...more?.env },
  });

const node = (script: string): string[] => [process.execPath, '-e', script];

describe('a command gets what it needs to sign in', () => {
  const print = node('process.stdout.write(JSON.stringify(process.env))');

  test('and is told where only libpq’s programs will find the server', async () => {
    const there = url.replace('//localhost', '//no-such-server.invalid');
    const env = { ...emulator.env, AZURE_PG_ALLOWED_HOSTS: 'no-such-server.invalid' };
    const { code, stderr } = await runCli(
      ['exec', '--url', `${there}&hostaddr=127.0.0.1`, '--', ...node('')],
      { env },
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^azure-pg: "no-such-server\.invalid" is no name that this machine knows, .*azure-pg proxy/,
    );
  });

  test('in libpq’s variables and in DATABASE_URL, which say the same', async () => {
    const { code, stdout, stderr } = await exec(print);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const env = JSON.parse(stdout) as Record<string, string>;
    expect(env).toMatchObject({
      PGHOST: 'localhost',
      PGPORT: String(emulator.ports.direct),
      PGUSER: 'local-app',
      PGDATABASE: 'postgres',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: emulator.ca.file,
    });
    expect(env.PGPASSWORD).toMatch(/^eyJ/);
    expect(Object.keys(env).filter((name) => /^PGSSL(CRL|SNI|CERTMODE)/.test(name))).toEqual([]);
    expect(parseConnectionString(env.DATABASE_URL ?? '')).toEqual({
      host: env.PGHOST,
      hostaddr: env.PGHOSTADDR,
      port: env.PGPORT,
      user: env.PGUSER,
      password: env.PGPASSWORD,
      dbname: env.PGDATABASE,
      sslmode: 'verify-full',
      sslrootcert: emulator.ca.file,
    });
  });

  test('directly, and through the pooler only when asked', async () => {
    const { stdout } = await exec(print, ['--pooled']);
    expect(JSON.parse(stdout)).toMatchObject({ PGPORT: String(emulator.ports.pooled) });
  });

  test('and nothing that contradicts it from outside', async () => {
    const outside = {
      PGPASSFILE: '/elsewhere',
      PGHOST: 'elsewhere',
      PGPORT: '1',
      PGSSLROOTCERT: '/elsewhere',
    };
    const { stdout, stderr } = await exec(print, [], { env: outside });
    expect(stderr).toBe('');
    const env = JSON.parse(stdout) as Record<string, string>;
    expect(env).toMatchObject({
      PGHOST: 'localhost',
      PGPORT: String(emulator.ports.direct),
      PGSSLROOTCERT: emulator.ca.file,
    });
    expect(env).not.toHaveProperty('PGPASSFILE');
  });

  test.each([
    ['disable', 1, ''],
    ['prefer', 0, 'require'],
    ['allow', 0, 'require'],
    ['require', 0, 'require'],
  ])('but no token that would travel in plaintext: sslmode=%s', async (sslmode, code, handedOver) => {
    const ran = await exec(node('process.stdout.write(process.env.PGSSLMODE)'), [], {
      env: { PGSSLMODE: sslmode },
    });
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code, stdout: handedOver });
  });

  test.runIf(process.platform === 'linux')('with no secret on any command line', async () => {
    const script = `const fs = require('node:fs');
      const of = (pid) => fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8');
      process.stdout.write(of('self') + of(process.ppid))`;
    const { stdout, code } = await exec(node(script));
    expect(code).toBe(0);
    expect(stdout).toContain('exec');
    expect(stdout).not.toContain('eyJ');
  });

  test('with roots of its own where the settings name no file, and none is left behind', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('azure-pg-roots-'));
    const script = `const fs = require('node:fs');
      const file = process.env.PGSSLROOTCERT;
      process.stdout.write(JSON.stringify({ file, mode: fs.statSync(file).mode & 0o777, text: fs.readFileSync(file, 'utf8') }))`;
    const bare = url.replace(/sslrootcert=[^&]*&/, '');
    const { stdout } = await runCli(['exec', '--url', bare, '--', ...node(script)], { env: emulator.env });
    const { file, mode, text } = JSON.parse(stdout) as { file: string; mode: number; text: string };
    expect(text).toMatch(/^-----BEGIN CERTIFICATE-----/);
    expect(text).not.toContain('PRIVATE KEY');
    expect(mode).toBe(0o600);
    expect(existsSync(dirname(file))).toBe(false);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('azure-pg-roots-'))).toEqual(before);
  });

  test('with a warning where the token will not outlive the job', async () => {
    const { code, stderr } = await exec(node(''), ['--lasts', '600']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^azure-pg: the token opens connections for \d\d more minutes\./);
  });

  test('in what a prisma.config.ts reads', async () => {
    const script = `const config = { datasource: { url: process.env.DATABASE_URL } };
      const url = new URL(config.datasource.url);
      process.stdout.write(url.hostname + ' ' + url.username + ' ' + (decodeURIComponent(url.password) === process.env.PGPASSWORD))`;
    expect((await exec(node(script))).stdout).toBe('localhost local-app true');
  });
});

describe('the command’s end is azure-pg’s', () => {
  test.each([
    ['its exit code', node('process.exit(7)'), 7],
    ['128 and the signal that ended it', node('process.kill(process.pid, "SIGKILL")'), 137],
    ['127 where there is no such command', ['no-such-command-anywhere'], 127],
    ['126 where it may not be run', [tmpdir()], 126],
  ] as const)('%s', async (_, command, code) => {
    expect((await exec([...command])).code).toBe(code);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s reaches the command, which decides',
    async (signal) => {
      const script = `process.on('${signal}', () => { process.stdout.write('got it'); process.exit(42); });
      setInterval(() => {}, 1000); process.stdout.write('ready ')`;
      let sent = false;
      const { code, stdout } = await exec(node(script), [], {
        onStdout: (text, kill) => {
          if (!sent && text.includes('ready')) {
            sent = true;
            kill(signal);
          }
        },
      });
      expect({ code, stdout }).toEqual({ code: 42, stdout: 'ready got it' });
    },
  );

  test('2 without a command, 1 without a token', async () => {
    expect((await exec([])).code).toBe(2);
    const failed = await runCli(['exec', '--url', `${url}&connect_timeout=3`, '--', 'true'], {
      env: { ...emulator.env, AZURE_CLIENT_ID: '99999999-8888-4777-8666-555555555555' },
    });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('This resource does not have the managed identity');
  });
});

const has = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe('tools that know nothing of Entra sign in', () => {
  const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}/`, import.meta.url));
  const program = (name: string): string =>
    fileURLToPath(new URL(`../node_modules/.bin/${name}`, import.meta.url));

  test.skipIf(!has('psql'))('psql', async () => {
    const sql = 'select current_user, ssl from pg_stat_ssl where pid = pg_backend_pid()';
    const { stdout, stderr, code } = await exec(['psql', '--no-psqlrc', '--no-password', '-At', '-c', sql]);
    expect({ stdout, stderr, code }).toEqual({ stdout: 'local-app|t\n', stderr: '', code: 0 });
  });

  test.skipIf(!has('pg_dump'))('pg_dump', async () => {
    await emulator.query('CREATE TABLE IF NOT EXISTS dumped (id integer)');
    const { stdout, stderr, code } = await exec([
      'pg_dump',
      '--no-password',
      '--schema-only',
      '--table=dumped',
    ]);
    // An older pg_dump signs in, asks for the server's version, and refuses to go on.
    if (code !== 0) expect(stderr).toMatch(/server version: \d+.*; pg_dump version: \d+/);
    else expect(stdout).toContain('CREATE TABLE public.dumped');
  });

  test('drizzle-kit', async () => {
    const { code, stdout, stderr } = await exec([program('drizzle-kit'), 'migrate'], [], {
      cwd: fixture('drizzle'),
    });
    expect(code, stdout + stderr).toBe(0);
    expect(await emulator.query("select to_regclass('drizzle_made_this') is not null as made")).toEqual([
      { made: true },
    ]);
  });

  test('node-pg-migrate', async () => {
    const { code, stdout, stderr } = await exec([program('node-pg-migrate'), 'up'], [], {
      cwd: fixture('node-pg-migrate'),
    });
    expect(code, stdout + stderr).toBe(0);
    const made = await emulator.query("select to_regclass('node_pg_migrate_made_this') is not null as made");
    expect(made).toEqual([{ made: true }]);
  });
});
