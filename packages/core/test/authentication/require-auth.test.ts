import { describe, expect, it } from 'vitest';
import type { AuthMethod } from '../../src/connection/connection.ts';
import { resolveConnection } from '../../src/index.ts';
import { md5Password } from '../../src/wire/authentication/md5.ts';
import { assertMethodAllowed } from '../../src/wire/authentication/require-auth.ts';

describe('require_auth', () => {
  const methods: AuthMethod[] = ['password', 'md5', 'scram-sha-256', 'gss', 'sspi', 'oauth', 'none'];
  const resolved = (written: string | undefined) =>
    resolveConnection('postgres://u@h/d', { require_auth: written }, {}).requireAuth;
  const allows = (written: string | undefined, method: AuthMethod): boolean => {
    try {
      assertMethodAllowed(resolved(written), method);
      return true;
    } catch {
      return false;
    }
  };

  it.each<[string | undefined, AuthMethod[]]>([
    [undefined, methods],
    ['', methods],
    ['scram-sha-256', ['scram-sha-256']],
    ['scram-sha-256,none', ['scram-sha-256', 'none']],
    ['password, md5', ['password', 'md5']],
    ['!none', ['password', 'md5', 'scram-sha-256', 'gss', 'sspi', 'oauth']],
    ['!password,!md5', ['scram-sha-256', 'gss', 'sspi', 'oauth', 'none']],
  ])('%j allows %j', (written, allowed) => {
    expect(methods.filter((method) => allows(written, method))).toEqual(allowed);
  });

  it('says which method was asked for and how to allow it', () => {
    expect(() => assertMethodAllowed(resolved('scram-sha-256'), 'password')).toThrow(
      /the password in cleartext.*"scram-sha-256"/,
    );
  });
});

it('answers an MD5 request as the manual says: md5(md5(password + user) + salt)', () => {
  expect(md5Password('user', 'password', Buffer.from('salt'))).toBe('md58e998aaa66bd302e5592df3642c16f78');
});
