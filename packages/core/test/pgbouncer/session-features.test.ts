import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionFeatures } from '../../src/pgbouncer/session-features.ts';

describe('what is lost behind a transaction pooler is seen', () => {
  it.each([
    ['LISTEN changes', ['LISTEN']],
    ['  listen "changes"', ['LISTEN']],
    ['-- why\nLISTEN changes', ['LISTEN']],
    ['/* outer /* inner */ still outer */ LISTEN changes', ['LISTEN']],
    ['SELECT 1; LISTEN changes;', ['LISTEN']],
    ['SET search_path TO app', ['SET']],
    ['set session statement_timeout = 5', ['SET']],
    ['SET ROLE reader', ['SET']],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY', ['SET']],
    ["SELECT set_config('app.tenant', $1, false)", ['SET']],
    ['PREPARE plan AS SELECT 1', ['PREPARE']],
    ['DECLARE c CURSOR WITH HOLD FOR SELECT 1', ['WITH HOLD']],
    ['CREATE TEMP TABLE t (a int)', ['CREATE TEMP']],
    ['create local temporary table t (a int)', ['CREATE TEMP']],
    ['CREATE OR REPLACE TEMP VIEW v AS SELECT 1', ['CREATE TEMP']],
    ["LOAD 'auto_explain'", ['LOAD']],
    ['SELECT pg_advisory_lock(1)', ['pg_advisory_lock']],
    ['select PG_TRY_ADVISORY_LOCK ($1, $2)', ['pg_advisory_lock']],
    ['WITH l AS (SELECT pg_advisory_lock_shared(1)) SELECT * FROM l', ['pg_advisory_lock']],
    ['(SELECT pg_advisory_lock(1))', ['pg_advisory_lock']],
    ['BEGIN', ['BEGIN']],
    ['START TRANSACTION ISOLATION LEVEL SERIALIZABLE', ['BEGIN']],
    ['BEGIN; SET a.b = 1; COMMIT', ['BEGIN', 'SET']],
  ])('%s', (text, features) => {
    expect(sessionFeatures(text)).toEqual(features);
  });
});

describe('what works behind a transaction pooler is let go without a word', () => {
  it.each([
    'SELECT 1',
    '',
    ' ; ',
    'SET LOCAL search_path TO app',
    'SET   LOCAL search_path TO app',
    'SET /* mine alone */ LOCAL search_path TO app',
    'SET\n  TRANSACTION READ ONLY',
    'SET TRANSACTION READ ONLY',
    'SET CONSTRAINTS ALL DEFERRED',
    "SET TIME ZONE 'UTC'",
    "SET client_encoding TO 'UTF8'",
    'SET application_name = x',
    "SELECT set_config('app.tenant', $1, true)",
    'SELECT pg_advisory_xact_lock(1)',
    "PREPARE TRANSACTION 'two-phase'",
    "PREPARE  TRANSACTION 'two-phase'",
    'DECLARE c CURSOR FOR SELECT 1',
    'UPDATE t SET listen = 1',
    'UPDATE t SET a = 1; UPDATE t SET b = 2',
    'CREATE TABLE t (temp int)',
    'SELECT listen FROM prepare',
    "SELECT 'x; LISTEN y'",
    "SELECT E'\\'; LISTEN y'",
    'SELECT "a; LISTEN y"',
    'SELECT $$; LISTEN y$$',
    'SELECT $tag$; $$ LISTEN y$tag$; SELECT 2',
    'SELECT 1 -- ; LISTEN y',
    'SELECT 1 /* ; LISTEN y */',
    "SELECT 'pg_advisory_lock('",
    'NOTIFY changes',
    'COMMIT',
    'SAVEPOINT s',
    'LOCK TABLE t',
  ])('%s', (text) => {
    expect(sessionFeatures(text)).toEqual([]);
  });

  it('a temporary table inside the transaction that the same text begins', () => {
    expect(sessionFeatures('BEGIN; CREATE TEMP TABLE t (a int) ON COMMIT DROP; COMMIT')).toEqual(['BEGIN']);
  });
});

it('any text at all is read without an exception, and twice alike', () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("'", '"', '$$', '$a$', '/*', '*/', '--', '\n', ';', 'LISTEN x', 'set_config', "E'\\"),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join('');
      expect(sessionFeatures(text)).toEqual(sessionFeatures(text));
    }),
  );
});
