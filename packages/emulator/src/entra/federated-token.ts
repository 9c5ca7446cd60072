import { SignJWT } from 'jose';
import type { Identity } from './directory.ts';
import type { SigningKey } from './signing-key.ts';

/** `iss` of the federated tokens that stand for a workload: a Kubernetes service account, a pipeline's run. */
export const federatedIssuer = 'https://kubernetes.azure-pg-emulator.invalid/';
export const federatedAudience = 'api://AzureADTokenExchange';

/** Who a federated token must be of for it to stand for an identity. */
export const federatedSubject = (identity: Identity): string =>
  `system:serviceaccount:default:${identity.clientId}`;

/** @param lifetime seconds. */
export async function federatedToken(key: SigningKey, identity: Identity, lifetime: number): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return await new SignJWT({
    iss: federatedIssuer,
    aud: federatedAudience,
    sub: federatedSubject(identity),
  })
    .setProtectedHeader({ alg: 'RS256', kid: key.keyId })
    .setIssuedAt(Math.min(now, now + lifetime) - 5)
    .setExpirationTime(now + lifetime)
    .sign(key.privateKey);
}
