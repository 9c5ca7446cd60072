import type { TokenCredential } from '../../connection/token-credential.ts';
import type { EntraToken } from './entra-token.ts';
import { type ManagementAnswer, roleUnknown } from './role-name.ts';
import { type CredentialOwner, sharedTokenProvider } from './shared-token-providers.ts';
import type { GetTokenOptions, TokenProvider } from './token-source.ts';

/**
 * The role of an identity whose tokens for the database name nobody, as those of managed identities: the claims of its token for Azure's
 * management name it. That token is asked for once per credential, is sent nowhere, and what it says of an identity is kept for as long as
 * the process lives. Microsoft's own libraries look there as well: azure-sdk-for-python's azure_postgresql_auth and azure-sdk-for-net's
 * Microsoft.Azure.PostgreSQL.Auth.
 */
export class IdentityName {
  readonly #owner: CredentialOwner;
  readonly #scope: string | undefined;
  readonly #needless = new AbortController();

  /** @param scope of the management token; undefined: never ask for one. */
  constructor(owner: CredentialOwner, scope: string | undefined) {
    this.#owner = owner;
    this.#scope = scope;
  }

  /** Asks already, alongside the request for the database's token, where that will hardly name anybody. */
  foresee(options: GetTokenOptions): void {
    if (this.#scope === undefined || !isManaged(this.#owner)) return;
    const provider = sharedTokenProvider(this.#owner, this.#scope);
    if (rolesOf(provider).size > 0) return;
    const { signal } = this.#needless;
    const either = options.signal === undefined ? signal : AbortSignal.any([options.signal, signal]);
    provider.getToken({ ...options, signal: either }).catch(() => undefined);
  }

  /** Nobody waits any more for what was foreseen: a request that hangs must not keep a program alive that needed none of it. */
  settle(): void {
    this.#needless.abort();
  }

  /**
   * The role that a token for the database stands for.
   *
   * @throws AzurePgError `ROLE_UNKNOWN`, with what both tokens said; the signal's reason when it fires.
   */
  async roleOf(token: EntraToken, options: GetTokenOptions): Promise<string> {
    if (token.role !== undefined) return token.role;
    const answer = await this.#ask(token, options);
    if (answer.role !== undefined) return answer.role;
    throw roleUnknown(token.claims, answer);
  }

  async #ask({ claims }: EntraToken, options: GetTokenOptions): Promise<ManagementAnswer> {
    const scope = this.#scope;
    // Of something that is not a JSON Web Token it cannot be told whether it is of the same identity.
    const { oid } = claims;
    if (scope === undefined || typeof oid !== 'string') return {};
    const provider = sharedTokenProvider(this.#owner, scope);
    const roles = rolesOf(provider);
    const known = roles.get(oid);
    if (known !== undefined) return { role: known };
    try {
      let token = await provider.getToken(options);
      // The identity has changed since: the cached token is of the one before.
      if (token.claims.oid !== oid && provider.refuse(token.token)) token = await provider.getToken(options);
      if (token.claims.oid !== oid) return { scope, claims: token.claims, otherIdentity: true };
      const { role } = token;
      if (role !== undefined) roles.set(oid, role);
      return { scope, claims: token.claims, role };
    } catch (failure) {
      options.signal?.throwIfAborted();
      return { scope, failure };
    }
  }
}

const names = new WeakMap<TokenProvider, Map<string, string>>();

/** Object id → role, of the identities that a credential was seen to be. */
function rolesOf(provider: TokenProvider): Map<string, string> {
  const known = names.get(provider) ?? new Map<string, string>();
  names.set(provider, known);
  return known;
}

/** Whether these credentials are likely to be a managed or workload identity's. */
function isManaged(owner: CredentialOwner): boolean {
  if (owner.credential !== undefined) return isManagedCredential(owner.credential);
  const { IDENTITY_ENDPOINT, AZURE_FEDERATED_TOKEN_FILE } = process.env;
  return Boolean(IDENTITY_ENDPOINT || AZURE_FEDERATED_TOKEN_FILE || owner.settings.managedIdentityResourceId);
}

const isManagedCredential = (credential: TokenCredential): boolean =>
  /^(ManagedIdentity|WorkloadIdentity)Credential$/.test(credential.constructor?.name ?? '');
