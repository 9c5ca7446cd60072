import { inspect } from 'node:util';
import { describe, expect, test, vi } from 'vitest';
import type { Context } from '../context.ts';
import { rejection } from '../error-chain.ts';
import { testCredential } from '../stand.ts';

const canary = 'canary-3f9c';

/** Everything that might be printed or sent to a log service. */
function shown(value: unknown, depth: number, showHidden = false): string {
  const texts = [
    inspect(value, { depth, showHidden, maxStringLength: null, maxArrayLength: null }),
    String(value),
  ];
  try {
    texts.push(JSON.stringify(value));
  } catch {
    // Cycles; inspect has seen it.
  }
  if (value instanceof Error) texts.push(value.stack ?? '', value.message);
  return texts.join('\n');
}

/** A password or token is in nothing that a program prints. */
export function describeSecrets(context: Context): void {
  describe.runIf(context.toggles.secrets)('secrets', () => {
    test('a wrong password is not in the error, nor in the client, nor on the console', async () => {
      const printed: unknown[] = [];
      const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((method) =>
        vi.spyOn(console, method).mockImplementation((...words) => void printed.push(...words)),
      );
      const logger = (...words: unknown[]): void => void printed.push(...words);
      try {
        const url = new URL(context.stand.passwordUrl('direct'));
        url.password = canary;
        const options = { logger: { debug: logger, info: logger, warn: logger } };
        const client = await context.open({ url: url.href, options });
        const error = await rejection(client.query('select $1::text', ['x']));
        expect(shown(error, 12, true)).not.toContain(canary);
        expect(shown(client.raw, 6, true)).not.toContain(canary);
        expect(shown(printed, 12)).not.toContain(canary);
      } finally {
        for (const spy of spies) spy.mockRestore();
      }
    });

    test('a password that works is not in the client', async () => {
      const url = context.stand.passwordUrl('direct');
      const client = await context.open({ url });
      await client.query('select 1');
      expect(shown(client.raw, 12, true)).not.toContain(new URL(url).password);
    });

    test('a string that cannot be parsed is not quoted', async () => {
      const opened = (async () => {
        const client = await context.open({ url: `postgres://app:${canary}@%zz:nonsense/x?y` });
        await client.query('select 1');
      })();
      expect(shown(await rejection(opened), 12, true)).not.toContain(canary);
    });

    test.runIf(context.toggles.entra)(
      'a token is in nothing: not in a refusal, not in a client that works',
      async () => {
        const good = testCredential(context.stand.ordinary);
        const client = await context.open({
          url: context.stand.entraUrl('direct'),
          options: { credential: good },
        });
        await client.query('select 1');
        const visible = shown(client.raw, 6, true);
        for (const token of good.tokens) expect(visible).not.toContain(token.slice(-40));

        const stale = testCredential(context.stand.ordinary, { lifetime: () => -60, claimedLifetime: 3600 });
        const refused = await context.open({
          url: context.stand.entraUrl('direct'),
          options: { credential: stale },
        });
        const text = shown(await rejection(refused.query('select 1')), 12, true);
        for (const token of stale.tokens) expect(text).not.toContain(token.slice(-40));
      },
    );
  });
}
