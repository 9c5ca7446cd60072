import { stripVTControlCharacters } from 'node:util';
import { resolveConnection } from '@azure-pg/core';
import { describe, expect, test } from 'vitest';
import { textProgress } from '../src/doctor/progress.ts';
import { renderStep, renderVerdict } from '../src/doctor/render-text.ts';
import { reportOf, type StepReport } from '../src/doctor/report.ts';
import { runDoctor } from '../src/doctor/run-steps.ts';
import { ok, type Step } from '../src/doctor/step.ts';
import { oneLine, styleFor } from '../src/terminal.ts';

const explanation = {
  code: 'role-not-mapped',
  title: 'The server does not let this identity in as the role "someone-with-a-name-that-is-rather-long"',
  why: 'The token was good, but the role does not exist, belongs to another identity, or is not connected to Entra.',
  fix: [
    'Check the role’s name, letter by letter: SELECT * FROM pgaadauth_list_principals(false);',
    'Or ask somebody.',
  ],
  docs: 'https://learn.microsoft.com/azure/postgresql/security/security-manage-entra-users',
};
const identity = `/subscriptions/${'a'.repeat(36)}/resourcegroups/${'group'.repeat(6)}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/app`;
const steps: readonly StepReport[] = [
  {
    id: 'settings',
    title: 'Settings',
    verdict: 'ok',
    summary: 'db.postgres.database.azure.com:5432',
    milliseconds: 3,
  },
  {
    id: 'token',
    title: 'Token',
    verdict: 'warning',
    summary: '2600 bytes, longer than PgBouncer up to 1.25.2 takes',
    findings: [{ label: 'identity', value: identity }],
    milliseconds: 12_345,
  },
  {
    id: 'sign-in',
    title: 'Sign-in',
    verdict: 'failed',
    summary: explanation.title,
    explanation,
    said: '28P01 no',
    milliseconds: 40,
  },
  { id: 'server', title: 'Server', verdict: 'skipped', summary: 'nobody is signed in', milliseconds: 0 },
];

const terminal = { isTTY: true, columns: 80, write: () => true };
const utf8 = { TERM: 'xterm-256color', LANG: 'en_US.UTF-8' };
const render = (output: Parameters<typeof styleFor>[0], env: NodeJS.ProcessEnv): string => {
  const style = styleFor(output, env);
  return (
    steps.map((step) => renderStep(step, style)).join('') + renderVerdict(reportOf(steps, 12_400), style)
  );
};
const escapeSign = '\u001b';

describe('the doctor’s screen', () => {
  test('fits 80 columns', () => {
    for (const line of stripVTControlCharacters(render(terminal, utf8)).split('\n')) {
      if (!line.includes('https://')) expect(line.length, line).toBeLessThanOrEqual(80);
    }
  });

  test('fits a narrow one as well', () => {
    for (const line of stripVTControlCharacters(render({ ...terminal, columns: 50 }, utf8)).split('\n')) {
      if (!line.includes('https://')) expect(line.length, line).toBeLessThanOrEqual(50);
    }
  });

  test('has colours on a terminal, and only there', () => {
    expect(render(terminal, utf8)).toContain(escapeSign);
    expect(render({ write: () => true }, utf8)).not.toContain(escapeSign);
    expect(render(terminal, { ...utf8, NO_COLOR: '1' })).not.toContain(escapeSign);
    expect(render(terminal, { ...utf8, TERM: 'dumb' })).not.toContain(escapeSign);
    expect(render({ write: () => true }, { ...utf8, FORCE_COLOR: '1' })).toContain(escapeSign);
  });

  test('says with words what colours and signs say', () => {
    const plain = render({ write: () => true }, { LANG: 'C' });
    expect(plain).toMatch(/^ok {3}Settings/m);
    expect(plain).toMatch(/^FAIL Sign-in/m);
    expect(plain).toMatch(/^skip Server/m);
    expect(plain.match(/[✓✗⠋]/)).toBeNull();
  });

  test('shows a spinner on a terminal only, and nothing of it stays', () => {
    const shown = (isTTY: boolean): string => {
      const text: string[] = [];
      const output = {
        isTTY,
        columns: 80,
        write: (chunk: string) => text.push(chunk),
        on: () => {},
        off: () => {},
      };
      const progress = textProgress(output, styleFor({ ...output, isTTY: false }, utf8));
      progress.start({ title: 'Settings' });
      progress.end(steps[0] as StepReport);
      progress.stop();
      return text.join('');
    };
    expect(shown(false)).not.toContain('⠋');
    expect(shown(true)).toContain('⠋');
    expect(stripVTControlCharacters(shown(true)).trimEnd().split('\n').at(-1)).toMatch(/Settings .*3 ms$/);
  });
});

describe('the report', () => {
  test('has the first failure as its cause, before warnings', () => {
    const warning = { ...(steps[1] as StepReport), explanation: { ...explanation, code: 'other' } };
    expect(reportOf([warning, steps[2] as StepReport], 1).cause?.code).toBe('role-not-mapped');
    expect(reportOf([warning], 1)).toMatchObject({ verdict: 'ok', cause: { code: 'other' } });
  });
});

test('where nothing names a server, that is the cause', async () => {
  const { verdict, cause } = await runDoctor({ env: { PGPORT: '1', PGUSER: 'ada', PGPASSWORD: 'x' } });
  expect({ verdict, code: cause?.code }).toEqual({ verdict: 'failed', code: 'no-server-named' });
});

test('what has no address has no TLS to be judged', async () => {
  const { steps: reports } = await runDoctor({
    url: 'postgresql://ada:x@no-such-server.invalid/app',
    env: {},
  });
  const tls = reports.find(({ id }) => id === 'tls');
  expect(tls).toMatchObject({ verdict: 'skipped', summary: 'there is no address' });
});

describe('the doctor ends', () => {
  const hanging = (id: Step['id'], limit = 60_000): Step => ({
    id,
    title: id,
    limit,
    run: () => new Promise<never>(() => {}),
  });

  test('in time when every step hangs', async () => {
    const connection = resolveConnection('postgresql://localhost/app', undefined, {});
    const started = Date.now();
    const report = await runDoctor({
      env: {},
      // Long compared to the steps' own limits, so that a busy machine does not skip one.
      timeout: 2_000,
      steps: [
        { ...hanging('settings'), run: (known) => ok(String(Object.assign(known, { connection }))) },
        hanging('dns', 50),
        hanging('tcp', 50),
        hanging('token'),
        hanging('server'),
      ],
    });
    expect(report.steps.map(({ verdict }) => verdict)).toEqual([
      'ok',
      'failed',
      'failed',
      'failed',
      'skipped',
    ]);
    expect(report.verdict).toBe('failed');
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  test('with a report when a step throws', async () => {
    const broken: Step = {
      ...hanging('settings'),
      run: () => {
        throw new TypeError('secret-word');
      },
    };
    const report = await runDoctor({ env: {}, steps: [broken] });
    expect(report).toMatchObject({ verdict: 'failed', cause: { code: 'unknown' } });
    expect(JSON.stringify(report)).not.toContain('secret-word');
  });
});

describe('a text of somebody else’s', () => {
  test.each([
    ['an escape sequence', 'a\u001b]0;owned\u0007b', 'a ]0;owned b'],
    ['line ends', 'a\r\nb\u2028c\u2029d', 'a b c d'],
    ['text that runs backwards', 'user\u202egnp.exe', 'user gnp.exe'],
    ['what cannot be seen', 'a\u200bb\ufeffc', 'a b c'],
  ])('%s is not passed on to the terminal', (_, text, shown) => {
    expect(oneLine(text)).toBe(shown);
  });

  test('has an end', () => {
    expect(oneLine('x'.repeat(30_000)).length).toBeLessThan(2100);
  });
});
