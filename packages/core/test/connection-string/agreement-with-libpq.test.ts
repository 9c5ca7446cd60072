import { isUtf8 } from 'node:buffer';
import { describe, expect, it, TestRunner } from 'vitest';
import { parseConnectionString } from '../../src/index.ts';
import { libpqSettings } from '../../src/settings/table/libpq-settings.ts';
import { ownSettings } from '../../src/settings/table/own-settings.ts';
import { stringGenerator } from './generated-strings.ts';
import { handWrittenStrings } from './hand-written-strings.ts';
import { loadLibpq } from './real-libpq.ts';

const libpq = loadLibpq();
const missing = `libpq 18 is not available for ${process.platform}-${process.arch}: the agreement with it is not tested`;
if (libpq === undefined) {
  console.warn(missing);
}

/** AZURE_PG_LIBPQ_SEED tries other strings than the usual ones; a failure names its seed. */
const seed = Number(process.env.AZURE_PG_LIBPQ_SEED ?? 20_260_101);
const count = Number(
  process.env.AZURE_PG_LIBPQ_STRINGS ?? (TestRunner.matchesTags(['slow']) ? 100_000 : 10_000),
);

type Outcome = 'same' | 'disagreement' | 1 | 2 | 3;

/**
 * "same", or which of the differences that parse-connection-string.ts lists. A difference must be the only one: with the offending
 * characters replaced, the two must agree.
 */
function compare(text: string): { outcome: Outcome; accepted: boolean } {
  if (libpq === undefined) throw new Error(missing);
  const ours = parsed(text);
  const unspeakable = text.replace(/\0|\p{Surrogate}/gu, 'x');
  if (unspeakable !== text) return listed(3, ours, unspeakable);
  const decodable = text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    isUtf8(Buffer.from(run.replaceAll('%', ''), 'hex')) ? run : 'x',
  );
  if (decodable !== text && ours === undefined) return listed(2, ours, decodable);
  const theirs = libpq.parse(text);
  const accepted = theirs !== undefined;
  if (ours !== undefined && Object.keys(ours).some((name) => Object.hasOwn(ownSettings, name))) {
    return { outcome: theirs === undefined ? 1 : 'disagreement', accepted };
  }
  const same = JSON.stringify(sorted(ours)) === JSON.stringify(sorted(theirs));
  return { outcome: same ? 'same' : 'disagreement', accepted };
}

function listed(
  outcome: Outcome,
  ours: object | undefined,
  mended: string,
): { outcome: Outcome; accepted: boolean } {
  const agreed = ours === undefined && compare(mended).outcome !== 'disagreement';
  return { outcome: agreed ? outcome : 'disagreement', accepted: false };
}

/** What we say; undefined where we refuse with the one error that may come. */
function parsed(text: string): Record<string, string> | undefined {
  try {
    return parseConnectionString(text);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'INVALID_CONNECTION_STRING') throw error;
    return undefined;
  }
}

const sorted = (settings: Record<string, string> | undefined): [string, string][] | undefined =>
  settings === undefined ? undefined : Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1));

describe('agreement with the real libpq', () => {
  it.runIf(libpq === undefined)('in CI libpq must be there', () => {
    expect(process.env.CI, missing).toBeFalsy();
  });

  it.skipIf(libpq === undefined)('a keyword or a variable of libpq 18 is never unknown to us', () => {
    expect(Math.floor((libpq?.version ?? 0) / 10_000)).toBe(18);
    expect(libpq?.keywords).toEqual(
      Object.entries(libpqSettings).map(([name, keyword]) => [
        name,
        'variable' in keyword ? keyword.variable : null,
      ]),
    );
  });

  it.skipIf(libpq === undefined).each(handWrittenStrings)('means what psql takes it for: %j', (text) => {
    expect(compare(text).outcome).not.toBe('disagreement');
  });

  it.skipIf(libpq === undefined)(
    `${count} generated strings mean what psql takes them for, or are refused as psql refuses them`,
    () => {
      const next = stringGenerator(seed, [...Object.keys(libpqSettings), 'auth', 'pool_mode']);
      const tally: Record<string, number> = { accepted: 0, refused: 0 };
      const disagreements: string[] = [];
      for (let index = 0; index < count; index++) {
        const text = next();
        const { outcome, accepted } = compare(text);
        tally[outcome] = (tally[outcome] ?? 0) + 1;
        tally[accepted ? 'accepted' : 'refused'] = (tally[accepted ? 'accepted' : 'refused'] ?? 0) + 1;
        if (outcome === 'disagreement') disagreements.push(text);
      }
      expect(disagreements.slice(0, 20), `seed ${seed}`).toEqual([]);
      // The strings are worth comparing: many pass, many do not, and the differences show.
      expect(tally.accepted).toBeGreaterThan(count / 5);
      expect(tally.refused).toBeGreaterThan(count / 5);
      expect(tally['1']).toBeGreaterThan(0);
      expect(tally['2']).toBeGreaterThan(0);
      expect(tally['3']).toBeGreaterThan(0);
    },
    120_000,
  );

  it.skipIf(libpq === undefined)('our own settings are all that we take beyond libpq', () => {
    for (const name of Object.keys(ownSettings)) {
      expect(compare(`${name}=x`).outcome, name).toBe(1);
      expect(compare(`postgres://h/?${name}=x`).outcome, name).toBe(1);
    }
  });
});
