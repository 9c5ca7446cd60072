import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createTokenProvider } from '../../src/credentials/token/token-provider.ts';
import type { DiagnosticsChannel } from '../../src/notices/diagnostics.ts';
import { ScriptedCredential } from './scripted-credential.ts';
import { VirtualClock } from './virtual-clock.ts';

const channels: DiagnosticsChannel[] = [
  'azure-pg:token.requested',
  'azure-pg:token.refreshed',
  'azure-pg:token.failed',
  'azure-pg:token.served',
  'azure-pg:token.refused',
];
const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0)) one();
});

function listen(): { channel: string; message: Record<string, unknown> }[] {
  const seen: { channel: string; message: Record<string, unknown> }[] = [];
  for (const name of channels) {
    const note = (message: unknown): void => {
      seen.push({
        channel: name.replace('azure-pg:token.', ''),
        message: message as Record<string, unknown>,
      });
    };
    subscribe(name, note);
    undo.push(() => unsubscribe(name, note));
  }
  return seen;
}

describe('what can be watched', () => {
  it('every step of a token, with its time, on channels and in the logger, and never the token', async () => {
    const clock = new VirtualClock();
    const credential = new ScriptedCredential(
      clock,
      { after: 250, life: 3_600_000 },
      { after: 100, fail: new Error('no') },
      { after: 50, life: 3_600_000 },
    );
    const provider = createTokenProvider({ credential, clock, scope: 'the-scope' });
    const seen = listen();
    const logged: unknown[] = [];
    const logger = {
      debug: (...all: unknown[]) => logged.push(['debug', ...all]),
      warn: (...all: unknown[]) => logged.push(['warn', ...all]),
    };
    const after = (milliseconds: number): Promise<void> => clock.runUntil(clock.now() + milliseconds);
    void provider.getToken({ logger });
    await after(1000);
    void provider.getToken({ logger });
    await after(55 * 60_000);
    void provider.getToken({ logger });
    await after(1000);
    provider.refuse('token-1', logger);
    void provider.getToken({ logger });
    await after(5000);
    const about = { scope: 'the-scope', credential: 'ScriptedCredential' };
    expect(seen).toEqual([
      { channel: 'requested', message: { ...about, reason: 'first' } },
      { channel: 'refreshed', message: { ...about, reason: 'first', duration: 250, lifetime: 3_600_000 } },
      { channel: 'served', message: { ...about, cached: false, duration: 250, lifetime: 3_600_000 } },
      { channel: 'served', message: { ...about, cached: true, duration: 0, lifetime: 3_599_250 } },
      { channel: 'requested', message: { ...about, reason: 'refresh' } },
      { channel: 'served', message: { ...about, cached: true, duration: 0, lifetime: 299_250 } },
      {
        channel: 'failed',
        message: {
          ...about,
          reason: 'refresh',
          duration: 100,
          usable: true,
          error: expect.objectContaining({ code: 'TOKEN_UNAVAILABLE' }),
        },
      },
      { channel: 'refused', message: { ...about, replaced: true } },
      { channel: 'requested', message: { ...about, reason: 'refused' } },
      { channel: 'refreshed', message: { ...about, reason: 'refused', duration: 50, lifetime: 3_600_000 } },
      {
        channel: 'served',
        message: { ...about, cached: false, duration: expect.any(Number), lifetime: 3_600_000 },
      },
    ]);
    expect(logged).toHaveLength(seen.length);
    expect(logged.filter((entry) => (entry as unknown[])[0] === 'warn')).toHaveLength(1);
    expect(inspect([seen, logged], { depth: 9, showHidden: true })).not.toMatch(/token-\d/);
  });

  it('a logger that throws does not fail the connect', async () => {
    const credential = { getToken: async () => ({ token: 'x', expiresOnTimestamp: Date.now() + 3_600_000 }) };
    const logger = {
      debug() {
        throw new Error('disk full');
      },
    };
    expect((await createTokenProvider({ credential }).getToken({ logger })).token).toBe('x');
  });
});
