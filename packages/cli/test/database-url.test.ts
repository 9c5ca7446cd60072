import { parseConnectionString, resolveConnection } from '@azure-pg/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { databaseUrl } from '../src/exec/environment.ts';

// NUL ends a string in the protocol, and half of a surrogate pair is not text.
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  .filter((value) => !value.includes('\0'));

test('whatever is in user, password and database, DATABASE_URL says just that', () => {
  fc.assert(
    fc.property(text, text, text, (user, password, database) => {
      fc.pre(!/^postgres(?:ql)?:\/\/|(?:^|\s)(?:host|user|password)\s*=/.test(database));
      const connection = resolveConnection(
        { host: 'db.postgres.database.azure.com', database, user, password },
        undefined,
        {},
      );
      const url = databaseUrl(connection, { user, password, expiresAt: undefined }, undefined);
      expect(parseConnectionString(url)).toEqual({
        host: 'db.postgres.database.azure.com',
        port: '5432',
        user,
        password,
        dbname: database,
        sslmode: 'verify-full',
      });
      const asOthersRead = new URL(url);
      expect(decodeURIComponent(asOthersRead.username)).toBe(user);
      expect(decodeURIComponent(asOthersRead.password)).toBe(password);
      expect(url).toMatch(/^[\w.~%:/?#[\]@&=,-]+$/);
    }),
  );
});

test('a guest’s role, a group’s and an IPv6 host survive', () => {
  const connection = resolveConnection('postgresql://[::1]:5433/app', undefined, {});
  const user = 'eve_partner.example#EXT#@local.onmicrosoft.com';
  const url = databaseUrl(connection, { user, password: 'a/b:c@d', expiresAt: undefined }, undefined);
  expect(url).toBe(
    'postgresql://eve_partner.example%23EXT%23%40local.onmicrosoft.com:a%2Fb%3Ac%40d@[::1]:5433/app?sslmode=prefer',
  );
});
