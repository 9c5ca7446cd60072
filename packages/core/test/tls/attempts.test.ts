import { resolveConnection } from '@azure-pg/core';
import { describe, expect, it } from 'vitest';
import { tlsAttempts } from '../../src/tls/attempts.ts';

const attempts = (settings: object, unixSocket = false): string[] =>
  tlsAttempts(resolveConnection({ host: 'h.example.com', ...settings }, undefined, {}).tls, unixSocket).map(
    ({ encryption, verify, negotiation }) =>
      encryption === 'plaintext' ? 'plaintext' : `${negotiation} ${verify}`,
  );

describe('sslmode as attempts in their order', () => {
  it.each<[settings: object, expected: string[]]>([
    [{ sslmode: 'disable' }, ['plaintext']],
    [{ sslmode: 'allow' }, ['plaintext', 'request none']],
    [{ sslmode: 'prefer' }, ['request none', 'plaintext']],
    [{ sslmode: 'require' }, ['request none']],
    [{ sslmode: 'verify-ca' }, ['request chain']],
    [{ sslmode: 'verify-full' }, ['request full']],
    [{}, ['request none', 'plaintext']],
    [{ sslrootcert: '/ca.pem', sslmode: 'allow' }, ['plaintext', 'request chain']],
    [{ sslrootcert: '/ca.pem', sslmode: 'prefer' }, ['request chain', 'plaintext']],
    [{ sslrootcert: '/ca.pem', sslmode: 'require' }, ['request chain']],
    [{ trust: 'azure', sslmode: 'require' }, ['request chain']],
    [{ sslrootcert: 'system' }, ['request full']],
    [{ sslmode: 'require', sslnegotiation: 'direct' }, ['direct none']],
    [{ sslmode: 'verify-full', sslnegotiation: 'direct' }, ['direct full']],
    [{ host: 'x.postgres.database.azure.com' }, ['request full']],
  ])('%j', (settings, expected) => expect(attempts(settings)).toEqual(expected));

  it('a Unix socket is never encrypted', () => {
    for (const sslmode of ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full']) {
      expect(attempts({ sslmode }, true)).toEqual(['plaintext']);
    }
  });
});
