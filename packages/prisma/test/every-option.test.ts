import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { PrismaAzurePg, type PrismaAzurePgOptions } from '../src/index.ts';

/** Each option of PrismaPg, and the test that shows what it does. A new one has none, and fails. */
const shown = {
  schema: 'is taken from the option, and from the URL where there is none',
  disposeExternalPool: 'a pool of ours is used, and ended only where disposeExternalPool says so',
  onPoolError: 'onPoolError and onConnectionError hear of connections that break, and the client goes on',
  onConnectionError:
    'onPoolError and onConnectionError hear of connections that break, and the client goes on',
  statementNameGenerator: 'named statements are used where they last, and only there',
  userDefinedTypeParser: 'userDefinedTypeParser is asked',
} satisfies Readonly<Record<keyof PrismaAzurePgOptions, string>>;

const read = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

it('every option that PrismaPg reads is tried', () => {
  const source = readFileSync(createRequire(import.meta.url).resolve('@prisma/adapter-pg'), 'utf8');
  const names = [...source.matchAll(/this\.(?:pgOptions|options)\?\.(\w+)/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(Object.keys(shown)).toEqual(expect.arrayContaining(names));
  const tests = ['./every-option.test.ts', './prisma.test.ts', './as-the-bare-adapter.test.ts']
    .map(read)
    .join();
  for (const name of Object.values(shown)) expect(tests).toContain(`'${name}'`);
});

it('is taken from the option, and from the URL where there is none', async () => {
  const url = 'postgresql://ada@localhost/app';
  const schemaOf = async (...given: ConstructorParameters<typeof PrismaAzurePg>): Promise<unknown> =>
    (await new PrismaAzurePg(...given).connect()).getConnectionInfo().schemaName;
  expect(await schemaOf(url, { schema: 'shop' })).toBe('shop');
  expect(await schemaOf(`${url}?schema=other`)).toBe('other');
  expect(await schemaOf(`${url}?schema=other`, { schema: 'shop' })).toBe('shop');
});

it.each(['max', 'credential', 'poolMode', 'ssl', 'connectionTimeoutMillis', 'host'])(
  '"%s" among PrismaPg’s own options, where nobody would read it, is refused',
  (name) => {
    const options = { [name]: 1 } as PrismaAzurePgOptions;
    expect(() => new PrismaAzurePg('postgresql://ada@localhost/app', options)).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING', message: expect.stringContaining(`"${name}"`) }),
    );
  },
);

it('an option that nobody knows yet is passed on', () => {
  const options = { somethingNew: true } as PrismaAzurePgOptions;
  expect(() => new PrismaAzurePg('postgresql://ada@localhost/app', options)).not.toThrow();
});
