import { describe, expect, it } from 'vitest';
import type { AzureConnection } from '../../src/connection/connection.ts';
import { sessionGuard } from '../../src/pooler-detection/session-guard.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';

const through = (
  pool_mode: 'none' | 'session' | 'transaction' | 'statement',
  more: object = {},
): AzureConnection => resolveConnection('postgres://ada@localhost', { pool_mode, ...more }, {});

describe('the guard', () => {
  it.each(['none', 'session'] as const)('costs nothing where every feature works: pool_mode=%s', (mode) => {
    expect(sessionGuard(through(mode))).toBeUndefined();
  });

  it('is silent where the user says off', () => {
    expect(sessionGuard(through('transaction', { session_features: 'off' }))).toBeUndefined();
  });

  it('warns once of each feature, with what to do instead, and lets the query pass', () => {
    const warnings: string[] = [];
    const logger = { warn: (message: string) => void warnings.push(message) };
    const guard = sessionGuard(through('transaction', { logger }));
    expect(guard?.('SET a = 1', false)).toBeUndefined();
    expect(guard?.('SET b = 1', false)).toBeUndefined();
    expect(warnings).toEqual([
      expect.stringMatching(/SET does not work .* transaction mode.*direct connection/),
    ]);
  });

  it('refuses LISTEN, which would succeed and never deliver, unless the user says off', () => {
    const refused = { code: 'POOLER_UNSUPPORTED', hint: expect.stringContaining('session_features=off') };
    expect(sessionGuard(through('transaction'))?.('LISTEN a', false)).toMatchObject(refused);
    expect(sessionGuard(through('transaction', { session_features: 'off' }))).toBeUndefined();
  });

  it('refuses the query where the user says error', () => {
    const guard = sessionGuard(through('transaction', { session_features: 'error' }));
    expect(guard?.('SELECT pg_advisory_lock(1)', false)).toMatchObject({
      code: 'POOLER_UNSUPPORTED',
      hint: expect.stringContaining('pg_advisory_xact_lock'),
    });
    expect(guard?.('SELECT 1', false)).toBeUndefined();
    expect(guard?.('BEGIN', false)).toBeUndefined();
  });

  it('lets a temporary table be made inside a transaction, and not outside', () => {
    const guard = sessionGuard(through('transaction', { session_features: 'error' }));
    expect(guard?.('CREATE TEMP TABLE t (a int) ON COMMIT DROP', true)).toBeUndefined();
    expect(guard?.('CREATE TEMP TABLE t (a int)', false)).toMatchObject({ code: 'POOLER_UNSUPPORTED' });
  });

  it('lets currval be asked inside a transaction, and not outside', () => {
    const guard = sessionGuard(through('transaction', { session_features: 'error' }));
    expect(guard?.('select lastval()', true)).toBeUndefined();
    expect(guard?.('select lastval()', false)).toMatchObject({
      code: 'POOLER_UNSUPPORTED',
      hint: expect.stringContaining('RETURNING'),
    });
  });

  it('refuses a transaction in statement mode before it fails half-way, also where other things are only warned of', () => {
    expect(sessionGuard(through('statement'))?.('BEGIN', false)).toMatchObject({
      code: 'POOLER_UNSUPPORTED',
    });
  });

  it('goes by what was detected, where that is given', () => {
    expect(
      sessionGuard(through('transaction'), { poolMode: 'session', maxPreparedStatements: 0 }),
    ).toBeUndefined();
  });
});
