import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubAnnotation } from '../src/doctor/github-annotations.ts';
import { renderMarkdown } from '../src/doctor/render-markdown.ts';
import { runCli } from './run-cli.ts';

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  folder = await mkdtemp(join(tmpdir(), 'azure-pg-doctor-'));
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
  await rm(folder, { recursive: true, force: true });
});
const as = (role: string): string => `${emulator.url}&user=${role}`;

test('--format markdown is a table and a cause, with the same exit code', async () => {
  const { code, stdout } = await runCli(['doctor', '--format', 'markdown', as('nobody')], {
    env: emulator.env,
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^## azure-pg doctor\n\nThe connection does not work\.\n\n\*\*The server does not let/,
  );
  expect(stdout).toContain('(`role-not-mapped`)');
  expect(stdout).toMatch(/^\| ✓ TLS \| TLSv1\.3, .+ \| \d+ ms \|$/m);
  expect(stdout).toMatch(/^\| – Server \| nobody is signed in \| {2}\|$/m);
  expect(stdout).toMatch(/^- Sign-in, said: 28P01 /m);
  expect(stdout).toMatch(/\nazure-pg \d+\.\d+\.\d+, Node\.js v\d+/);
  expect(stdout).not.toContain('eyJ');
});

test('--format github annotates the run, and adds to the job’s summary', async () => {
  const summary = join(folder, 'summary.md');
  const env = { ...emulator.env, GITHUB_STEP_SUMMARY: summary };
  const failed = await runCli(['doctor', '--format', 'github', as('nobody')], { env });
  expect(failed.code).toBe(1);
  expect(failed.stdout).toMatch(/Sign-in/);
  expect(failed.stdout).toMatch(
    /^::error title=The server does not let this identity in as the role "nobody"::.+%0A1\. Check the role/m,
  );
  const works = await runCli(['doctor', '--format', 'github', emulator.url], { env });
  expect(works.code).toBe(0);
  expect(works.stdout).not.toContain('::');
  const text = await readFile(summary, 'utf8');
  expect(text).toMatch(/does not work\.[\s\S]*## azure-pg doctor\n\nThe connection works\./);
});

test('--watch shows a change, and ends with the last outcome', { timeout: 60_000 }, async () => {
  let made: Promise<unknown> | undefined;
  const { code, stdout } = await runCli(['doctor', '--watch', '0.3', as('late')], {
    env: (await emulator.environmentsFor(await emulator.createIdentity({ name: 'late', role: false })))
      .appService,
    onStdout: (text, kill) => {
      if (/ fails /.test(text))
        made ??= emulator.query("select * from pgaadauth_create_principal('late', false, false)");
      if (/ works /.test(text)) kill('SIGINT');
    },
  });
  await made;
  expect(code).toBe(0);
  expect(stdout.match(/What to do/g)).toHaveLength(1);
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d{4}-\S+Z {2}works {2}All is well$/);
});

test('--json is --format json, and contradicts another one', async () => {
  const { code, stderr } = await runCli(['doctor', '--json', '--format', 'markdown', emulator.url]);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'azure-pg: --json and --format markdown contradict each other.\n',
  });
  expect((await runCli(['doctor', '--format', 'xml'])).code).toBe(2);
});

describe('words of others', () => {
  const cause = {
    code: 'unknown',
    title: 'a | b, c: <b>d</b>',
    why: '::error::no 100%\nsecond [line](https://example.org) @someone `x`',
    fix: ['one'],
    docs: 'https://example.org',
  };
  const step = {
    id: 'tls',
    title: 'TLS',
    verdict: 'failed',
    summary: 'x | y\n| z',
    milliseconds: 1,
    explanation: cause,
  } as const;
  const report = { verdict: 'failed', cause, steps: [step], milliseconds: 1 } as const;

  test('are no Markdown, no HTML and no mention', () => {
    const text = renderMarkdown(report, '1.2.3');
    expect(text).toContain('| ✗ TLS | x \\| y \\| z | 1 ms |');
    expect(text).toContain('\\<b\\>d\\</b\\>');
    expect(text).toContain('\\[line\\](https://example.org) \\@someone \\`x\\`');
  });

  test('are no workflow command', () => {
    const annotation = githubAnnotation(report);
    expect(annotation.trimEnd().split('\n')).toHaveLength(1);
    expect(annotation).toMatch(/^::error title=a \| b%2C c%3A <b>d<\/b>::::error::no 100%25%0Asecond/);
  });
});
