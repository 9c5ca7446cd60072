import { describe, expect, it } from 'vitest';
import { resolveConnection } from '../../src/index.ts';
import { settingsOfSsl, translateSslOption } from '../../src/settings/adapters/ssl-option.ts';

const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const key = '-----BEGIN PRIVATE KEY-----\nMIIC\n-----END PRIVATE KEY-----\n';

describe("a driver's ssl option means the same here", () => {
  it.each<[unknown, string | undefined, object]>([
    [undefined, undefined, {}],
    [undefined, 'require', {}],
    [null, undefined, {}],
    [true, undefined, { sslmode: 'verify-full' }],
    ['true', undefined, { sslmode: 'verify-full' }],
    [{}, undefined, { sslmode: 'verify-full' }],
    [{ require: true }, undefined, { sslmode: 'verify-full' }],
    [{ rejectUnauthorized: true }, undefined, { sslmode: 'verify-full' }],
    ['require', undefined, { sslmode: 'require' }],
    [false, undefined, { sslmode: 'disable' }],
    [{ ca }, undefined, { sslmode: 'verify-full', sslrootcert: [ca] }],
    [{ ca: [ca, Buffer.from(ca)] }, undefined, { sslmode: 'verify-full', sslrootcert: [ca, ca] }],
    [
      { cert: ca, key, passphrase: 'p', servername: 'db.example.org', minVersion: 'TLSv1.3' },
      undefined,
      {
        sslmode: 'verify-full',
        sslcert: ca,
        sslkey: key,
        sslpassword: 'p',
        ssl_server_name: 'db.example.org',
        ssl_min_protocol_version: 'TLSv1.3',
      },
    ],
    [{ rejectUnauthorized: false }, undefined, { sslmode: 'require' }],
    // As pg-connection-string's parse() gives sslmode=verify-ca and require with a root, where the URL has uselibpqcompat=true.
    [{ ca, checkServerIdentity() {} }, 'verify-ca', { sslmode: 'verify-ca', sslrootcert: [ca] }],
    [{ ca, checkServerIdentity: () => {} }, 'require', { sslmode: 'verify-ca', sslrootcert: [ca] }],
    [
      { ca, checkServerIdentity: () => undefined },
      'verify-full',
      { sslmode: 'verify-full', sslrootcert: [ca] },
    ],
    ['no-verify', undefined, { sslmode: 'require' }],
    // With a root certificate libpq's "require" would verify.
    [{ rejectUnauthorized: false, ca }, 'require', { sslmode: 'require' }],
    // The stricter of the two.
    [true, 'require', { sslmode: 'verify-full' }],
    [{ ca }, 'verify-ca', { sslmode: 'verify-full', sslrootcert: [ca] }],
    [true, 'verify-full', { sslmode: 'verify-full' }],
    ['require', 'verify-ca', { sslmode: 'verify-ca' }],
    [false, 'prefer', { sslmode: 'disable' }],
  ])('%j beside sslmode=%s', (ssl, written, settings) => {
    expect(translateSslOption(ssl, written).settings).toEqual(settings);
  });

  it("a key that pg has hidden from enumeration isn't lost", () => {
    const ssl = Object.defineProperty({}, 'key', { value: key, enumerable: false });
    expect(translateSslOption(ssl, undefined).settings).toMatchObject({ sslkey: key });
  });

  it('an unverified connection is warned of', () => {
    expect(translateSslOption({ rejectUnauthorized: false }, undefined).warning).toMatch(/anyone on the way/);
    expect(translateSslOption(true, undefined).warning).toBeUndefined();
  });
});

describe('what has no counterpart is refused by name', () => {
  it.each<[unknown, string | undefined, RegExp]>([
    [{ checkServerIdentity: () => undefined }, undefined, /"checkServerIdentity"/],
    [{ ca, checkServerIdentity: () => new Error('no') }, undefined, /"checkServerIdentity"/],
    [{ ca, checkServerIdentity: () => (globalThis as { x?: Error }).x }, undefined, /"checkServerIdentity"/],
    [{ ca: null, checkServerIdentity: () => undefined }, undefined, /"checkServerIdentity"/],
    [{ ca: [], checkServerIdentity: () => undefined }, undefined, /ca is empty/],
    // What it gives is a promise: to Node.js, that is a refusal.
    [{ ca, checkServerIdentity: async () => {} }, undefined, /"checkServerIdentity"/],
    [{ ca: [] }, undefined, /ca is empty/],
    [{ cypher: 'x' }, undefined, /"cypher"/],
    [{ ca: '/etc/ca.pem' }, undefined, /ca must hold PEM/],
    [{ rejectUnauthorized: 'no' }, undefined, /rejectUnauthorized must be true or false/],
    [{ rejectUnauthorized: false }, 'verify-full', /contradicts sslmode=verify-full/],
    [true, 'disable', /contradicts sslmode=disable/],
    [false, 'require', /contradicts sslmode=require/],
    [7, undefined, /must be true, false or an object/],
    ['on', undefined, /must be true, false or an object/],
  ])('%j beside sslmode=%s', (ssl, written, message) => {
    expect(() => translateSslOption(ssl, written)).toThrow(message);
    expect(() => translateSslOption(ssl, written)).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING' }),
    );
  });

  it('an unknown parameter beside it has the code that it has without', () => {
    const given = { connectionString: 'postgres://u@h?foo=1' };
    for (const refused of [() => settingsOfSsl(true, given), () => resolveConnection(given, undefined, {})]) {
      expect(refused).toThrow(
        expect.objectContaining({ code: 'INVALID_SETTING', message: expect.stringContaining('"foo"') }),
      );
    }
  });

  it('no secret is in the message', () => {
    const secret = 'CANARY-key';
    expect(() => translateSslOption({ key: secret, passphrase: secret }, undefined)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(secret) }),
    );
  });
});
