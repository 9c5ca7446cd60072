import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { brokenSetUps } from './broken/set-ups.ts';
import { Stand } from './broken/stand.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await Stand.start();
}, 90_000);
afterAll(async () => {
  await stand?.stop();
});

describe('a broken set-up is reported with its true cause', () => {
  test.concurrent.each(brokenSetUps)('$name: $doctor', { timeout: 120_000 }, async (setUp) => {
    const { url, env = {}, after } = await setUp.make(stand);
    const { text, ...diagnosis } = await stand.diagnose(url, env);
    await after?.();
    const said = { doctor: diagnosis.doctor, explained: diagnosis.explained };
    expect(said, diagnosis.message).toEqual({
      doctor: setUp.doctor,
      explained: setUp.explained ?? setUp.doctor,
    });
    expect(diagnosis.verdict).toBe('failed');
    expectNoSecrets(text, stand);
    expect(saidTwice(diagnosis.printed)).toEqual([]);
  });
});

test('a set-up that works is found to work', { timeout: 60_000 }, async () => {
  for (const url of [stand.url('direct'), stand.url('pooled')]) {
    const { doctor, explained, verdict, text } = await stand.diagnose(url, stand.emulator.env);
    expect({ doctor, explained, verdict }).toEqual({
      doctor: undefined,
      explained: undefined,
      verdict: 'ok',
    });
    expectNoSecrets(text, stand);
  }
});

test('a pooler that the settings deny is no set-up that works', { timeout: 60_000 }, async () => {
  const url = stand.url('pooled', { pool_mode: 'none' });
  const { verdict, doctor, text } = await stand.diagnose(url, stand.emulator.env);
  expect({ verdict, doctor }).toEqual({ verdict: 'ok', doctor: 'pool-mode-differs' });
  expect(text).not.toContain('All is well');
});

test('a dead host next to one that works is only a warning', { timeout: 60_000 }, async () => {
  const url = stand.url('native').replace('@localhost', '@no-such-server.invalid:5432,localhost');
  const { verdict, doctor, explained } = await stand.diagnose(url, {});
  expect({ verdict, doctor, explained }).toEqual({
    verdict: 'ok',
    doctor: 'name-not-found',
    explained: undefined,
  });
});

/** The sentences that stand in a report more than once. */
function saidTwice(report: string): string[] {
  const sentences = report.split(/\n+|(?<=[.:;!?])\s/).map((one) => one.replace(/^[\s\-•→✗!✓·]+/, '').trim());
  return sentences.filter((one, index) => one.length > 25 && sentences.indexOf(one) !== index);
}

/** No token (they all begin alike) and no password that a URL or variable had. */
function expectNoSecrets(text: string, { emulator }: Stand): void {
  for (const secret of [
    'eyJ',
    'secret-word',
    emulator.postgres.password,
    emulator.env.IDENTITY_HEADER ?? '?',
  ]) {
    expect(text).not.toContain(secret);
  }
}
