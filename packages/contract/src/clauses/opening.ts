import { describe, expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { type Route, routes, testCredential } from '../stand.ts';

/** By URL, by options; with a password, with a token; directly and through the pooler. */
export function describeOpening(context: Context): void {
  const { toggles } = context;
  const open = toggles.pooler ? routes : (['direct'] satisfies Route[]);

  describe.each(open)('opens %s', (route) => {
    test('by a URL with a password', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route) });
      expect(await client.query('select current_user as who, $1::int + 1 as sum', [41])).toEqual([
        { who: 'app', sum: 42 },
      ]);
    });

    test.runIf(toggles.entra)('by a URL without a user, as the role that the token names', async () => {
      const credential = testCredential(context.stand.emulatorOf(route));
      const client = await context.open({ url: context.stand.entraUrl(route), options: { credential } });
      expect(await client.query('select current_user as who')).toEqual([{ who: 'local-app' }]);
      expect(credential.calls).toBe(1);
    });

    test('for 200 queries at once, each with its own answer', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 10 });
      const numbers = Array.from({ length: 200 }, (_, index) => index);
      const answers = await Promise.all(numbers.map((n) => client.query('select $1::int as n', [n])));
      expect(answers.map((rows) => rows[0]?.n)).toEqual(numbers);
    });
  });

  test.runIf(toggles.options)('opens by discrete options', async () => {
    const { ca, ...server } = context.stand.plainServer();
    const client = await context.open({ options: { ...server, sslmode: 'verify-full', sslrootcert: ca } });
    expect(await client.query('select current_user as who')).toEqual([{ who: 'app' }]);
  });

  test.runIf(toggles.options)('asks a password function', async () => {
    const { ca, password, ...server } = context.stand.plainServer();
    const options = { ...server, sslmode: 'verify-full', sslrootcert: ca, password: async () => password };
    const client = await context.open({ options });
    expect(await client.query('select current_user as who')).toEqual([{ who: 'app' }]);
  });

  test.runIf(toggles.options)('opens by keywords and values, as psql does', async () => {
    const { host, port, user, password } = context.stand.plainServer();
    const file = context.stand.ordinary.ca.file;
    const client = await context.open({
      url: `host=${host} port=${port} user=${user} password=${password} dbname=postgres sslmode=verify-full sslrootcert=${file}`,
    });
    expect(await client.query('select current_user as who')).toEqual([{ who: 'app' }]);
  });

  test.runIf(toggles.options)('lets an option win over the URL', async () => {
    const options = { application_name: 'from-options' };
    const url = context.stand.passwordUrl('direct', { application_name: 'from-url' });
    const client = await context.open({ url, options });
    expect(await client.query("select current_setting('application_name') as name")).toEqual([
      { name: 'from-options' },
    ]);
  });
}
