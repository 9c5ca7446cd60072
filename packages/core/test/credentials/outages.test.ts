/**
 * Tokens of the real @azure/identity have to live and to expire, in real time.
 * @module-tag slow
 */
import { setTimeout as pause } from 'node:timers/promises';
import { startEmulator, type TokenFailure } from '@azure-pg/emulator';
import { expect, it } from 'vitest';
import { Program, type Report } from './programs/program.ts';

/**
 * Seconds. AZURE_PG_LONG_TESTS=1 takes an outage of two minutes and more with tokens that live through it. Otherwise tokens live for
 * seconds; @azure/identity keeps none of those itself, so that each of its calls is a request.
 */
const long = process.env.AZURE_PG_LONG_TESTS === '1';
const tokenLifetime = long ? 150 : 8;
const connectTimeout = long ? 10 : 3;

// Each with an emulator of its own, at the same time.
it.concurrent.each<TokenFailure>(['429', '500', 'reset', 'silent'])(
  'through an outage (%s) connects go on while the old token lives, then fail in time with the credential and the cause, and succeed on recovery',
  async (mode) => {
    await using emulator = await startEmulator({ pooler: false, tokenLifetime });
    const url = `${emulator.url}&connect_timeout=${connectTimeout}`;
    await using program = new Program({ TEST_CA_PEM: emulator.ca.pem, ...emulator.env });
    // The first one loads @azure/identity, which takes what it takes.
    expect(await program.connect({ url: emulator.url })).toMatchObject({ ok: true, user: 'local-app' });
    const expires = Date.now() + tokenLifetime * 1000;
    emulator.entra.fail(mode);
    const during: Report[] = [];
    // The last connects before the expiry may wait for a refresh first: leave them the time.
    while (Date.now() < expires - connectTimeout * 1000) {
      during.push(await program.connect({ url }));
      await pause(long ? 2000 : 200);
    }
    expect(during.length).toBeGreaterThan(5);
    expect(during.filter(({ ok }) => !ok)).toEqual([]);
    await pause(Math.max(0, expires - Date.now()) + 500);
    const failed = await program.connect({ url });
    expect(failed).toMatchObject({ ok: false, code: 'TOKEN_UNAVAILABLE' });
    expect(failed.message).toMatch(/ManagedIdentityCredential/);
    expect(failed.milliseconds).toBeLessThanOrEqual(connectTimeout * 1000 + 1000);
    emulator.entra.fail(undefined);
    expect(await program.connect({ url })).toMatchObject({ ok: true, user: 'local-app' });
  },
  long ? 300_000 : 60_000,
);
