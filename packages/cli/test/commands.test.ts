import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../src/command-line.ts';
import { answersIn } from '../src/credential-log.ts';
import { runCli } from './run-cli.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ host: 'local.postgres.database.azure.com', pooler: false });
  Object.assign(process.env, emulator.env);
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

/** Runs a command in this process, on what looks like a terminal or like a pipe. */
async function run(
  args: readonly string[],
  isTTY: boolean,
): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(args, {
    env: { NO_COLOR: '1', ...emulator.env },
    stdout: { isTTY, columns: 80, write: (text) => out.push(text) },
    stderr: { isTTY, columns: 80, write: (text) => err.push(text) },
    exitCode: 0,
  });
  return { code, out: out.join(''), err: err.join('') };
}

describe('secrets', () => {
  test.each(['url', 'token'])('%s writes none to a terminal, and says how to get it', async (command) => {
    const { code, out, err } = await run([command, emulator.url], true);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/--show/);
  });

  test.each(['url', 'token'])('%s writes it to a pipe, and to a terminal with --show', async (command) => {
    expect((await run([command, emulator.url], false)).out).toMatch(/eyJ[\w.-]+/);
    expect((await run([command, emulator.url, '--show'], true)).out).toMatch(/eyJ[\w.-]+/);
  });

  test('url --no-secret has none and may be seen', async () => {
    const { code, out } = await run(['url', '--no-secret', emulator.url], true);
    expect(code).toBe(0);
    expect(out).toMatch(/^postgresql:\/\/local\.postgres\.database\.azure\.com:\d+\/postgres/);
    expect(out).not.toContain('eyJ');
  });

  test('token --json says whose it is and until when', async () => {
    const { out } = await run(['token', '--json', emulator.url], false);
    const { user, token, expires } = JSON.parse(out) as Record<string, string>;
    expect(user).toBe('local-app');
    expect(token).toMatch(/^eyJ/);
    expect(Date.parse(expires ?? '')).toBeGreaterThan(Date.now());
  });

  test('stay out of messages about a URL that cannot be read', async () => {
    for (const url of [
      'postgresql://ada:secret-word%zz@host/db',
      'postgresql://ada:secret-word@ho st:x/db',
    ]) {
      for (const command of [
        ['doctor', url],
        ['url', url],
        ['exec', '--url', url, '--', 'true'],
      ]) {
        const { code, out, err } = await run(command, false);
        expect(code).toBe(1);
        expect(out + err).not.toContain('secret-word');
      }
    }
  });
});

describe('the command line', () => {
  test.each([
    ['an unknown command', ['bogus'], 2],
    ['an unknown flag', ['doctor', '--bogus'], 2],
    ['a flag without sense', ['doctor', '--timeout', 'soon'], 2],
    ['one argument too many', ['doctor', 'a', 'b'], 2],
    ['no command', [], 2],
    ['help', ['--help'], 0],
    ['help for a command', ['exec', '--help'], 0],
    ['the version', ['--version'], 0],
  ])('%s: exit code %#', async (_, args, code) => {
    expect((await run(args, false)).code).toBe(code);
  });

  test.each(['doctor', 'role', 'exec', 'url', 'token', 'proxy'])(
    '%s explains itself with an example',
    async (command) => {
      const { out } = await run([command, '--help'], true);
      expect(out).toMatch(/Examples?:\n {2}.*azure-pg/);
      for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100);
    },
  );
});

describe('azure-pg doctor', () => {
  test('works from the environment alone, and exits with 0', async () => {
    const { code, stdout, stderr } = await runCli(['doctor'], {
      env: { ...emulator.env, DATABASE_URL: emulator.url },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/All is well\./);
    expect(stdout).toMatch(/certificate +local\.postgres\.database\.azure\.com, until 20\d\d/);
    expect(stdout).toMatch(/issued by +Azure PostgreSQL emulator/);
    expect(stdout).toMatch(/answered +ManagedIdentityCredential/);
    expect(stdout).not.toContain('eyJ');
    expect(stdout).not.toContain('\u001b');
  });

  test('says in JSON what it says in text', async () => {
    const url = `${emulator.url}&user=nobody`;
    const [text, json] = await Promise.all([
      runCli(['doctor', url], { env: emulator.env }),
      runCli(['doctor', '--json', url], { env: emulator.env }),
    ]);
    expect([text.code, json.code]).toEqual([1, 1]);
    const report = JSON.parse(json.stdout) as {
      cause: { title: string; code: string };
      steps: { title: string }[];
    };
    expect(report.cause.code).toBe('role-not-mapped');
    expect(text.stdout).toContain(report.cause.title);
    for (const { title } of report.steps) expect(text.stdout).toContain(title);
  });

  test('says that nothing names a server', async () => {
    const { code, stdout } = await runCli(['doctor', '--json', '--timeout', '5']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout).steps[0]).toMatchObject({
      verdict: 'warning',
      explanation: { code: 'no-server-named' },
    });
  });

  test('survives a reader that goes away', async () => {
    const script = `"${process.execPath}" --no-warnings --conditions=@azure-pg/source "$0" doctor | head -1`;
    const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
    const { stdout, stderr } = await promisify(execFile)('sh', ['-c', script, bin], {
      env: { PATH: process.env.PATH, ...emulator.env, DATABASE_URL: emulator.url },
      timeout: 25_000,
    });
    expect(stdout).toMatch(/Settings/);
    expect(stderr).toBe('');
  });

  test('ends in time, and lets go of what hangs', async () => {
    emulator.entra.fail('silent');
    try {
      const { code, stdout } = await runCli(['doctor', '--json', '--timeout', '2', emulator.url], {
        env: emulator.env,
      });
      expect(code).toBe(1);
      const { steps, cause } = JSON.parse(stdout) as {
        steps: { id: string; verdict: string }[];
        cause: { code: string };
      };
      expect(cause.code).toBe('token-service-silent');
      expect(steps.find(({ id }) => id === 'token')?.verdict).toBe('failed');
    } finally {
      emulator.entra.fail(undefined);
    }
  });
});

test('the log of @azure/identity tells who answered and who did not', () => {
  const prefix = 'azure:identity:info';
  expect(
    answersIn([
      `${prefix} EnvironmentCredential => getToken() => ERROR. Scopes: x. Error message: EnvironmentCredential is unavailable. No underlying credential could be used. To troubleshoot, visit https://aka.ms/x.`,
      `${prefix} ManagedIdentityCredential => getToken() => SUCCESS. Scopes: x.`,
      `${prefix} ChainedTokenCredential => getToken() => Result for ManagedIdentityCredential: SUCCESS. Scopes: x.`,
    ]),
  ).toEqual([
    {
      credential: 'EnvironmentCredential',
      gave: false,
      reason: 'EnvironmentCredential is unavailable. No underlying credential could be used.',
    },
    { credential: 'ManagedIdentityCredential', gave: true, reason: undefined },
  ]);
});

describe('what a URL may not say', () => {
  const local = (): string => {
    const url = new URL(emulator.url);
    url.hostname = 'db.example.org';
    return url.href;
  };

  test('is refused in it, and taken from a flag', async () => {
    const inUrl = await runCli(['token', '--json', `${local()}&auth=entra&allowed_hosts=db.example.org`], {
      env: emulator.env,
    });
    expect(inUrl.code).toBe(1);
    expect(inUrl.stderr).toMatch(/allowed_hosts/);
    const flagged = await runCli(
      ['token', '--json', '--allowed-hosts', 'db.example.org', `${local()}&auth=entra`],
      { env: emulator.env },
    );
    expect(flagged.code).toBe(0);
    expect(JSON.parse(flagged.stdout)).toMatchObject({ user: 'local-app' });
  });
});
