import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { calculateJwkThumbprint, exportJWK, type JWK } from 'jose';
import { cached } from '../machine/cache-folder.ts';

/** The RSA key that signs tokens. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly keyId: string;
  /** What the JWKS document says of it. */
  readonly jwk: JWK;
}

/** Gives the RSA key `name` of the cache; a new one takes a noticeable part of a second to find. */
export async function signingKey(name: string): Promise<SigningKey> {
  const file = await cached(`${name}.pem`, async (draft) => {
    const pair = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    await writeFile(draft, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  });
  const privateKey = createPrivateKey(await readFile(file));
  const publicKey = createPublicKey(privateKey);
  const jwk = await exportJWK(publicKey);
  const keyId = await calculateJwkThumbprint(jwk);
  return { privateKey, publicKey, keyId, jwk: { ...jwk, use: 'sig', kid: keyId } };
}
