import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { explainError } from '../../explain/explain-error.ts';
import { errorWithoutSecrets, withoutSecrets } from './without-secrets.ts';

interface OuterError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly errors?: unknown;
}

/**
 * No token: which credentials were tried and what each of them said, shortened and without secrets. A chain of @azure/identity keeps
 * the errors of its members in `errors` (AggregateAuthenticationError).
 */
export function tokenUnavailable(credential: string, scope: string, error: unknown): AzurePgError {
  if (error instanceof AzurePgError) return error;
  const outer = (
    typeof error === 'object' && error !== null ? error : { message: String(error) }
  ) as OuterError;
  const inner = Array.isArray(outer.errors) ? (outer.errors as unknown[]) : [];
  const reasons = (inner.length > 0 ? inner : [outer]).map((one) => reasonOf(one, credential));
  const message = `No Entra token for ${scope}: ${[...new Set(reasons)].join(' | ')}`;
  const cause = errorWithoutSecrets(error);
  const known = explainError(new AzurePgError('TOKEN_UNAVAILABLE', message, { cause }));
  const general = known === undefined || known.code === 'token-unavailable';
  return new AzurePgError('TOKEN_UNAVAILABLE', message, {
    hint: general ? hintFor(inner.length > 0 ? 'chain' : 'one') : known.fix[0],
    docs: general
      ? 'https://learn.microsoft.com/azure/developer/javascript/sdk/authentication/credential-chains'
      : known.docs,
    cause,
  });
}

/** "ManagedIdentityCredential: …": most messages begin so by themselves. */
function reasonOf(error: unknown, credential: string): string {
  const { message, name } = (typeof error === 'object' && error !== null ? error : {}) as OuterError;
  const text = withoutSecrets(
    typeof message === 'string' && message !== '' ? message : String(name ?? error),
  );
  return /^\w*Credential\b/.test(text) ? text : `${credential}: ${text}`;
}

/** For what the explanations do not know. */
function hintFor(kind: 'chain' | 'one'): string {
  if (kind === 'chain') {
    return 'Give the program an identity: a managed identity in Azure, "az login" on your own machine, or the option "credential".';
  }
  return 'Check that the identity service can be reached from here and knows this identity.';
}

/** The credential said nothing for so long. */
export function tokenTimeout(credential: string, scope: string, milliseconds: number): AzurePgError {
  return new AzurePgError(
    'TOKEN_UNAVAILABLE',
    `No Entra token for ${scope}: ${credential} did not answer within ${Math.round(milliseconds / 100) / 10} seconds`,
    { hint: 'Check that the identity service can be reached from here.' },
  );
}

/** The credential answered, but not with a token that can be used. */
export function tokenUnusable(
  credential: string,
  scope: string,
  problem: string,
  hint: string,
): AzurePgError {
  return new AzurePgError('TOKEN_UNAVAILABLE', `No Entra token for ${scope}: ${credential} ${problem}`, {
    hint,
  });
}
