import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTokenProvider } from '../../src/credentials/token/token-provider.ts';
import { type Answer, ScriptedCredential } from './scripted-credential.ts';
import { VirtualClock } from './virtual-clock.ts';

const second = 1000;
const duration = fc.oneof(
  fc.integer({ min: 0, max: 5 * second }),
  fc.integer({ min: 0, max: 600 * second }),
  fc.integer({ min: 0, max: 86_400 * second }),
);
const answer: fc.Arbitrary<Answer> = fc.oneof(
  fc.record({ after: fc.integer({ min: 0, max: 45 * second }), life: duration.map((life) => life + 1) }),
  fc.record({
    after: fc.integer({ min: 0, max: 20 * second }),
    life: duration.map((life) => life + 1),
    advise: duration,
    again: fc.boolean(),
  }),
  fc.record({ after: fc.integer({ min: 0, max: 40 * second }), fail: fc.constant(new Error('no')) }),
  fc.constant('silence' as const),
);
const step = fc.record({
  pause: duration,
  what: fc.oneof(
    fc.record({
      connects: fc.integer({ min: 1, max: 20 }),
      timeout: fc.option(fc.integer({ min: 1, max: 40 * second }), { nil: undefined }),
      abortAfter: fc.option(fc.integer({ min: 0, max: 40 * second }), { nil: undefined }),
      minimumLifetime: fc.constantFrom(0, 2 * second, 30 * second),
    }),
    fc.constant('refuse' as const),
  ),
});

it('whatever the credential does and whenever connects come: no expired token, no needless wait, no hanging connect, no pile of requests', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(answer, { minLength: 1, maxLength: 12 }),
      fc.array(step, { minLength: 1, maxLength: 40 }),
      fc.integer(),
      async (script, steps, seed) => {
        const clock = new VirtualClock(undefined, seed);
        const credential = new ScriptedCredential(clock, ...script);
        const provider = createTokenProvider({ credential, clock });
        const problems: string[] = [];
        let open = 0;
        let last: { token: string; expires: number; suspect: boolean } | undefined;
        for (const { pause, what } of steps) {
          await clock.runUntil(clock.now() + pause);
          if (what === 'refuse') {
            if (last !== undefined && provider.refuse(last.token)) last.suspect = true;
            continue;
          }
          for (let connect = 0; connect < what.connects; connect++) {
            const at = clock.now();
            const usable =
              last !== undefined &&
              !last.suspect &&
              last.expires - at > Math.max(30 * second, what.minimumLifetime);
            const controller = new AbortController();
            if (what.abortAfter !== undefined)
              clock.after(what.abortAfter, () => controller.abort(new Error('enough')));
            open++;
            provider
              .getToken({
                signal: controller.signal,
                timeout: what.timeout,
                minimumLifetime: what.minimumLifetime,
              })
              .then(
                ({ token, expiresOnTimestamp }) => {
                  if (expiresOnTimestamp <= clock.now()) problems.push('an expired token');
                  if (usable && clock.now() > at) problems.push('a wait while there was a good token');
                  if (token !== last?.token) last = { token, expires: expiresOnTimestamp, suspect: false };
                },
                () => {
                  if (usable && what.abortAfter !== 0)
                    problems.push('a failure while there was a good token');
                },
              )
              .finally(() => {
                open--;
                if (clock.now() - at > 61 * second) problems.push('a connect that waited too long');
                if (what.timeout !== undefined && clock.now() - at > what.timeout)
                  problems.push('a deadline was missed');
              });
          }
          await clock.runUntil(clock.now());
          if (credential.working() > 12) problems.push('requests pile up');
        }
        await clock.runUntil(clock.now() + 200 * second);
        if (open > 0) problems.push(`${open} connects hang`);
        expect(problems).toEqual([]);
      },
    ),
    { numRuns: Number(process.env.AZURE_PG_RUNS ?? 300) },
  );
});
