import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { saslPrep } from '../../src/wire/authentication/saslprep.ts';
import { ScramClient } from '../../src/wire/authentication/scram.ts';

const usual = { most: 100_000, verified: true };

describe('SCRAM-SHA-256', () => {
  it('proves the password without sending it, as a second implementation of RFC 5802 computes it', async () => {
    // Salt, nonces and password of RFC 7677, 3; its user name is "user" where PostgreSQL's is empty, so its proof is another.
    const client = new ScramClient('pencil', { flag: 'n' }, usual, 'rOprNGfwEbeRWgbNEkqO');
    expect(client.first()).toBe('n,,n=,r=rOprNGfwEbeRWgbNEkqO');
    const serverFirst =
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
    const final = await client.final(serverFirst);
    const { proof, signature } = byHand('pencil', 'n=,r=rOprNGfwEbeRWgbNEkqO', serverFirst, final);
    expect(final).toBe(`${final.slice(0, final.indexOf(',p='))},p=${proof}`);
    expect(() => client.verify(`v=${signature}`)).not.toThrow();
    expect(() => client.verify(`v=${Buffer.alloc(32).toString('base64')}`)).toThrow(
      /does not know the password/,
    );
    expect(() => client.verify('e=invalid-proof')).toThrow();
  });

  it('binds the channel by the certificate where it can, and says so where it could', async () => {
    const data = Buffer.from('hash of the certificate');
    const bound = new ScramClient('x', { flag: 'p', data }, usual, 'abc');
    expect(bound.first()).toBe('p=tls-server-end-point,,n=,r=abc');
    const c = /^c=([^,]+),/.exec(await bound.final('r=abcdef,s=c2FsdA==,i=1'))?.[1] ?? '';
    expect(Buffer.from(c, 'base64').toString()).toBe('p=tls-server-end-point,,hash of the certificate');
    const could = new ScramClient('x', { flag: 'y' }, usual, 'abc');
    expect(could.first()).toBe('y,,n=,r=abc');
    expect(await could.final('r=abcdef,s=c2FsdA==,i=1')).toMatch(/^c=eSws,/);
  });

  it.each([
    [100_000, { most: 100_000, verified: false }, true],
    [100_001, { most: 100_000, verified: true }, false],
    [200_000, { most: 0, verified: true }, true],
    [4096, { most: 100_000, verified: false }, true],
    [4095, { most: 100_000, verified: false }, false],
    [4095, { most: 100_000, verified: true }, true],
  ])('%i rounds for %j: %s', async (count, rounds, allowed) => {
    const client = new ScramClient('x', { flag: 'n' }, rounds, 'abc');
    const answer = client.final(`r=abcdef,s=c2FsdA==,i=${count}`);
    if (allowed) expect(await answer).toMatch(/^c=/);
    else await expect(answer).rejects.toMatchObject({ code: 'PROTOCOL_VIOLATION' });
  });

  it('a server-first message of any shape is answered or refused with a typed error, never with another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const error: unknown = await new ScramClient('x', { flag: 'n' }, usual, 'abc')
          .final(text)
          .catch((e: unknown) => e);
        expect(error).toMatchObject({ code: 'PROTOCOL_VIOLATION' });
      }),
    );
  });
});

// RFC 5802, 3, written out once more.
function byHand(
  password: string,
  bare: string,
  serverFirst: string,
  final: string,
): { proof: string; signature: string } {
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const salted = pbkdf2Sync(password, Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'), 4096, 32, 'sha256');
  const key = hmac(salted, 'Client Key');
  const stored = createHash('sha256').update(key).digest();
  const message = `${bare},${serverFirst},${final.slice(0, final.indexOf(',p='))}`;
  const mask = hmac(stored, message);
  return {
    proof: Buffer.from(key.map((byte, index) => byte ^ (mask[index] ?? 0))).toString('base64'),
    signature: hmac(hmac(salted, 'Server Key'), message).toString('base64'),
  };
}

describe('SASLprep', () => {
  it.each([
    // RFC 4013, 3.
    ['I\u00adX', 'IX'],
    ['user', 'user'],
    ['USER', 'USER'],
    ['\u00aa', 'a'],
    ['\u2168', 'IX'],
    // Forbidden: PostgreSQL takes them as they are.
    ['\u0007', '\u0007'],
    ['\u0627\u0031', '\u0627\u0031'],
    // From PostgreSQL's src/common/saslprep.c: a non-ASCII space becomes one, what maps to nothing at all stays.
    ['a\u00a0b', 'a b'],
    ['\u00ad', '\u00ad'],
    ['e\u0301', '\u00e9'],
    // Not assigned in Unicode 3.2: the whole password stays, even where a part of it could be composed.
    ['\u{1f600}e\u0301', '\u{1f600}e\u0301'],
    ['\u0627\u0628', '\u0627\u0628'],
    ['\u0627b', '\u0627b'],
  ])('%j becomes %j', (given, prepared) => expect(saslPrep(given)).toBe(prepared));

  it('changes no password of printable ASCII', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => saslPrep(text) === text));
  });
});
