import { describe, expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { type Route, routes, withParameters } from '../stand.ts';
import { expectCode, expectSqlState } from './expect-error.ts';

const refused = [
  ['23505', 'insert into contract_unique values (1)'],
  ['42P01', 'select * from there_is_no_such_table'],
  ['42601', 'selec 1'],
  ['22012', 'select 1 / 0'],
] as const;

/** Errors are what programs already look for. */
export function describeErrors(context: Context): void {
  const open = context.toggles.pooler ? routes : (['direct'] satisfies Route[]);

  describe.each(open)('errors, %s', (route) => {
    test.each(refused)('SQLSTATE %s stays readable', async (sqlState, sql) => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 1 });
      await expectSqlState(context, client.query(sql), sqlState);
      expect(await client.query('select 1 as still_works')).toEqual([{ still_works: 1 }]);
    });

    test('SQLSTATE stays readable out of a transaction', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 1 });
      const work = client.transaction((query) => query('insert into contract_unique values ($1)', [1]));
      await expectSqlState(context, work, '23505');
    });
  });

  test('a wrong password is 28P01', async () => {
    const url = new URL(context.stand.passwordUrl('direct'));
    url.password = 'wrong';
    const client = await context.open({ url: url.href });
    await expectCode(client.query('select 1'), '28P01');
  });

  test('an unknown database is 3D000', async () => {
    const url = new URL(context.stand.passwordUrl('direct'));
    url.pathname = '/there_is_no_such_database';
    const client = await context.open({ url: url.href });
    await expectCode(client.query('select 1'), '3D000');
  });

  test.runIf(context.toggles.systemErrors)('a port where nobody listens is ECONNREFUSED', async () => {
    const url = new URL(withParameters(context.stand.passwordUrl('direct'), {}));
    url.port = '1';
    const client = await context.open({ url: url.href });
    await expectCode(client.query('select 1'), 'ECONNREFUSED');
    // Each query is told, not only the first one.
    await expectCode(client.query('select 1'), 'ECONNREFUSED');
  });
}
