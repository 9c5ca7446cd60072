import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sessionFeatures } from '../../src/pooling/session-features.ts';

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
    ['create temporary sequence s', ['CREATE TEMP']],
    ['create temp recursive view v (n) as select 1', ['CREATE TEMP']],
    ['SELECT * INTO TEMP t FROM person', ['CREATE TEMP']],
    ['select a into temporary table t from person', ['CREATE TEMP']],
    ['select a\n  into local /* mine */ temp "t" from person', ['CREATE TEMP']],
    ['WITH p AS (SELECT 1) SELECT * INTO TEMP t FROM p', ['CREATE TEMP']],
    ['create table pg_temp.t (a int)', ['CREATE TEMP']],
    ['CREATE TABLE IF NOT EXISTS "pg_temp"."t" (a int)', ['CREATE TEMP']],
    ['create function pg_temp.double(n int) returns int language sql as $$ select n * 2 $$', ['CREATE TEMP']],
    ['insert into pg_temp . t values (1)', ['CREATE TEMP']],
    ['select pg_temp.double(2)', ['CREATE TEMP']],
    ['select lastval()', ['currval']],
    ["SELECT CurrVal ('person_id_seq')", ['currval']],
    ["insert into note (author) values (currval('person_id_seq'))", ['currval']],
    ['update note set author = pg_catalog.lastval()', ['currval']],
    ["select set_config('a.b', 'c', is_local => false)", ['SET']],
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
    'select * into t from person',
    'select * into unlogged t from person',
    'select * into table t from person',
    'insert into temp values (1)',
    'insert into temp (a) select 1',
    'with p as (insert into temp select 1 returning *) select * from p',
    'with p as (insert into temp default values returning *) select * from p',
    'select temp into t from person',
    "select 'select 1 into temp t'",
    'select temp, into_temp from weather',
    "select setval('person_id_seq', 7)",
    "select nextval('person_id_seq')",
    "select nextval('s'), currval('s')",
    'insert into person default values; select lastval()',
    'begin; select lastval(); commit',
    'select lastval from person',
    "select 'lastval()'",
    'create function f() returns int language sql set search_path = public, pg_temp as $$ select lastval() $$',
    'select "interval", currvalue(1) from t',
    'create table t_pg_temp (a int)',
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
    expect(sessionFeatures(text).filter((feature) => feature !== 'BEGIN')).toEqual([]);
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
