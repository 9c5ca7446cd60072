import { createHash } from 'node:crypto';
import type { TokenCredential } from '../../connection/token-credential.ts';
import { makeAzureCredential } from './azure-credential.ts';
import type { AzureIdentitySettings } from './azure-identity-settings.ts';
import { createTokenProvider } from './token-provider.ts';
import type { TokenProvider } from './token-source.ts';

/** Whose tokens: a credential the user gave, or the one that these settings make. */
export type CredentialOwner =
  | { readonly credential: TokenCredential }
  | { readonly credential?: undefined; readonly settings: AzureIdentitySettings };

interface Registry {
  /** Of credentials that the user gave: they go when the credential goes. */
  readonly given: WeakMap<TokenCredential, Map<string, TokenProvider>>;
  /** Of credentials made here, by everything that distinguishes one from another. */
  readonly made: Map<string, Map<string, TokenProvider>>;
}

// Registered, so that the ESM and CommonJS copies of this package share their tokens. The number is that of TokenProvider's shape.
const registry = Symbol.for('@azure-pg/core.tokenProviders.1');

/** The process's one provider of this credential for this purpose (a scope, a secret's URI); made when there is none yet. */
export function sharedProvider(
  owner: CredentialOwner,
  purpose: string,
  make: () => TokenProvider,
): TokenProvider {
  const holder = globalThis as { [registry]?: Registry };
  holder[registry] ??= { given: new WeakMap(), made: new Map() };
  const byPurpose = purposesOf(holder[registry], owner);
  const known = byPurpose.get(purpose);
  if (known !== undefined) return known;
  const made = make();
  byPurpose.set(purpose, made);
  return made;
}

/** The process's one provider of Entra tokens for this credential and scope. */
export function sharedTokenProvider(owner: CredentialOwner, scope: string): TokenProvider {
  return sharedProvider(owner, scope, () => createTokenProvider({ credential: credentialOf(owner), scope }));
}

/** The credential itself, or how to make it: with @azure/identity, when it is called for. */
export function credentialOf(owner: CredentialOwner): TokenCredential | (() => Promise<TokenCredential>) {
  return owner.credential === undefined ? () => makeAzureCredential(owner.settings) : owner.credential;
}

function purposesOf({ given, made }: Registry, owner: CredentialOwner): Map<string, TokenProvider> {
  if (owner.credential !== undefined) {
    const known = given.get(owner.credential) ?? new Map<string, TokenProvider>();
    given.set(owner.credential, known);
    return known;
  }
  const { authorityHost, clientId, tenantId, managedIdentityResourceId, clientSecret, azureIdentity } =
    owner.settings;
  // The secret tells service principals apart, but must not be left in a map's key.
  const secret = clientSecret && createHash('sha256').update(clientSecret).digest('base64');
  const key = JSON.stringify([
    authorityHost,
    clientId,
    tenantId,
    managedIdentityResourceId,
    secret,
    azureIdentity,
  ]);
  const known = made.get(key) ?? new Map<string, TokenProvider>();
  made.set(key, known);
  return known;
}
