import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownBackend } from '../../src/pooler-detection/backend-sighting.ts';
import type { PoolingEvidence } from '../../src/pooler-detection/detected-pooling.ts';
import { judgeSighting, tellSessionMode } from '../../src/pooler-detection/tell-session-mode.ts';
import { type ModelOptions, ModelPooler } from './model-pooler.ts';

const quiet: ModelOptions = {
  mode: 'transaction',
  servers: 3,
  roundRobin: false,
  resetQuery: 'DISCARD ALL',
  showsQueries: true,
  others: [],
};

async function tell(options: Partial<ModelOptions>) {
  const pooler = new ModelPooler({ ...quiet, ...options });
  const evidence: PoolingEvidence[] = [];
  const first = pooler.open();
  const backend = await ownBackend(first, '/* first */');
  if (backend === undefined) throw new Error('the model has no answer');
  const mode = await tellSessionMode(first, backend, async () => pooler.open(), evidence);
  return { mode, evidence, pooler };
}

describe('telling session from transaction mode', () => {
  test.each<[string, Partial<ModelOptions>, 'session' | 'transaction' | undefined, PoolingEvidence]>([
    ['the last server is used first', {}, 'transaction', 'backend shared'],
    ['servers take turns', { roundRobin: true }, 'transaction', 'backend changed'],
    ['there is one server', { servers: 1 }, 'transaction', 'backend shared'],
    ['there is one server, and turns', { servers: 1, roundRobin: true }, 'transaction', 'backend shared'],
    [
      'others use what was ours',
      { others: [1], roundRobin: true, servers: 2 },
      'transaction',
      'backend shared',
    ],
    ['queries are hidden', { showsQueries: false }, 'transaction', 'backend shared'],
    ['each client has a server', { mode: 'session' }, 'session', 'backend reset'],
    ['others have servers of their own', { mode: 'session', others: [1, 0, 2] }, 'session', 'backend reset'],
    // What is not proven is not said.
    ['nothing is reset', { mode: 'session', resetQuery: '' }, undefined, 'backend not reset'],
    [
      'it is reset in another way',
      { mode: 'session', resetQuery: 'select 1' },
      undefined,
      'backend not reset',
    ],
    [
      'sessions hide their queries',
      { mode: 'session', showsQueries: false },
      undefined,
      'backend out of sight',
    ],
  ])('when %s', async (_, options, mode, evidence) => {
    const told = await tell(options);
    expect(told.mode).toBe(mode);
    expect(told.evidence.at(-1)).toBe(evidence);
  });

  test('no load from others makes transaction mode look like session mode', async () => {
    const pools = fc.record({
      servers: fc.integer({ min: 1, max: 8 }),
      roundRobin: fc.boolean(),
      showsQueries: fc.boolean(),
      others: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(pools, async (options) => {
        const { mode } = await tell({ ...options, mode: 'transaction' });
        expect(mode).not.toBe('session');
      }),
      { numRuns: 60 },
    );
  });

  test('no load from others makes session mode look like transaction mode', async () => {
    const pools = fc.record({
      servers: fc.integer({ min: 1, max: 8 }),
      roundRobin: fc.boolean(),
      resetQuery: fc.constantFrom('DISCARD ALL', '', 'select pg_advisory_unlock_all()'),
      others: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(pools, async (options) => {
        const { mode } = await tell({ ...options, mode: 'session' });
        expect(mode).not.toBe('transaction');
      }),
      { numRuns: 15 },
    );
  });
});

describe('what an observer sees of a silent client’s backend', () => {
  const backend = { pid: 7, startedAt: '1' };
  const self = { pid: 8, startedAt: '1' };
  const marker = '/* mine */';
  test.each([
    [undefined, 'backend out of sight'],
    [{ self, alive: false, lastQuery: undefined }, 'backend out of sight'],
    [{ self, alive: true, lastQuery: undefined }, 'backend out of sight'],
    [{ self, alive: true, lastQuery: '/* mine */ select 1' }, 'backend untouched'],
    [{ self, alive: true, lastQuery: 'select 1' }, 'backend shared'],
    [{ self: backend, alive: true, lastQuery: '/* mine */ select 1' }, 'backend shared'],
    // The same process id on another server, or later on this one.
    [{ self: { pid: 7, startedAt: '2' }, alive: false, lastQuery: undefined }, 'backend out of sight'],
  ])('%o', (sighting, verdict) => {
    expect(judgeSighting(sighting, backend, marker)).toBe(verdict);
  });
});
