import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { errorWithoutSecrets, withoutSecrets } from '../../src/credentials/token/without-secrets.ts';

it.each([
  ['invalid_client Status code: 401\nMore details:', 'invalid_client Status code: 401 More details:'],
  ['sent client_secret=canary&scope=x', 'sent client_secret=[hidden]&scope=x'],
  ['{"client_secret":"canary with blanks","a":1}', '{"client_secret":[hidden],"a":1}'],
  ['Authorization: Bearer canary-canary', 'Authorization: [hidden]'],
  ['header Bearer canary-canary.x was wrong', 'header Bearer [hidden] was wrong'],
  ['token eyJhbGciOiJub25l.eyJjYW5hcnkiOiIxIn0.c2ln expired', 'token [hidden] expired'],
  ['x-identity-header=canary', 'x-identity-header=[hidden]'],
  ['Authorization: Basic Y2FuYXJ5', 'Authorization: [hidden]'],
  ['clientSecret: canary, secret=canary pwd=canary', 'clientSecret: [hidden], secret=[hidden] pwd=[hidden]'],
  ['a token that was cut off: eyJhbGciOiJub25l.eyJjYW5hcnkiOi', 'a token that was cut off: [hidden]'],
  ['through http://ada:canary@proxy.example:8080/', 'through http://ada:[hidden]@proxy.example:8080/'],
  ['the https://login.microsoftonline.com:443/x@y', 'the https://login.microsoftonline.com:443/x@y'],
  ['login.microsoftonline.com.example.org.somewhere', 'login.microsoftonline.com.example.org.somewhere'],
])('%s', (message, shown) => {
  expect(withoutSecrets(message)).toBe(shown);
});

it('long words of base64, which may be looked through once but not once per letter, do not stop the program', () => {
  for (let round = 0; round < 100; round++) {
    expect(withoutSecrets('a'.repeat(20_000))).toHaveLength(300);
  }
});

it('is short', () => {
  expect(withoutSecrets('word '.repeat(10_000)).length).toBeLessThanOrEqual(300);
});

it("of another library's error only name, code, status and message are kept", () => {
  const error = Object.assign(new Error('refused'), {
    name: 'RestError',
    code: 'Forbidden',
    statusCode: 403,
    request: { headers: { authorization: 'canary' }, body: 'canary' },
    cause: new Error('canary'),
  });
  const clean = errorWithoutSecrets(error);
  expect(clean).toMatchObject({ name: 'RestError', code: 'Forbidden', statusCode: 403, message: 'refused' });
  expect(inspect(clean, { depth: 9, showHidden: true })).not.toContain('canary');
});
