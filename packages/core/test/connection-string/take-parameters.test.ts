import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeParameters } from '../../src/adapter.ts';
import { parseConnectionString } from '../../src/index.ts';

const taken = (name: string): boolean => name === 'schema' || name === 'max';

test.each([
  ['postgres://h/db?schema=app', 'postgres://h/db', { schema: 'app' }],
  [
    'postgres://h/db?max=5&sslmode=require&schema=a%20b%3D%26',
    'postgres://h/db?sslmode=require',
    { max: '5', schema: 'a b=&' },
  ],
  ['postgresql://h?max=1&max=2', 'postgresql://h', { max: '2' }],
  ['postgres://h/db?schema=', 'postgres://h/db', { schema: '' }],
  [
    'postgres://h/db?options=-c search_path=x&max=1=2',
    'postgres://h/db?options=-c search_path%3Dx',
    { max: '1=2' },
  ],
  // The "?" before the "@" is of the password, the "/" is not.
  ['postgres://u:p?max=1@h/db?max=2', 'postgres://u:p?max=1@h/db', { max: '2' }],
  ['postgres://h/d@b?max=2', 'postgres://h/d@b', { max: '2' }],
  ['postgres://[::1]:5432/?max=2', 'postgres://[::1]:5432/', { max: '2' }],
])('%s', (text, rest, parameters) => {
  expect(takeParameters(text, taken)).toEqual({ text: rest, parameters });
});

test.each([
  'postgres://h/db',
  'postgres://h/db?sslmode=require&options=-c%20max%3D1',
  'postgres://h/db?%6Dax=5',
  'postgres://u:p?max=1@h/db',
  'host=h dbname=db?max=5',
  'h?max=5',
  '',
  // What does not parse is the parser's business.
  'postgres://h/db?max',
])('nothing is taken from %j', (text) => {
  expect(takeParameters(text, taken)).toEqual({ text, parameters: {} });
});

test('a value with broken percent-encoding is refused, and not quoted', () => {
  expect(() => takeParameters('postgres://u:geheim@h/db?schema=%zzgeheim', taken)).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONNECTION_STRING',
      message: expect.not.stringContaining('geheim'),
    }),
  );
});

test('whatever the values are: what was added to a query is taken out of it, and the rest is as it was', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !value.includes('\0'));
  fc.assert(
    fc.property(word, word, word, (password, schema, name) => {
      const [secret, value, application] = [password, schema, name].map(encodeURIComponent);
      const rest = `postgres://u:${secret}@h/db?application_name=${application}`;
      const all = `${rest}&schema=${value}`;
      expect(takeParameters(all, taken)).toEqual({ text: rest, parameters: { schema } });
      expect(parseConnectionString(rest)).toMatchObject({ password, application_name: name });
    }),
  );
});
