// Every copy of pg that a program loads gives our classes, whatever they connect to: `@azure-pg/pg` in the place of `pg`, in programs that say `require('pg')`.
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const { extend } = createRequire(import.meta.url)('../../packages/pg/dist/index.cjs');

/** The pool's module in the tests of the pool. */
const pool = process.env.AZURE_PG_SUITES_POOL;
const index = join('lib', 'index.js');

function isIndexOfPg(filename) {
  if (!filename.endsWith(index)) return false;
  try {
    return JSON.parse(readFileSync(join(dirname(filename), '..', 'package.json'), 'utf8')).name === 'pg';
  } catch {
    return false;
  }
}

const compile = Module.prototype._compile;
Module.prototype._compile = function (content, filename, ...more) {
  const result = compile.call(this, content, filename, ...more);
  if (isIndexOfPg(filename)) Object.assign(this.exports, extend(this.exports));
  if (filename === pool) this.exports = this.require('pg').Pool;
  return result;
};
