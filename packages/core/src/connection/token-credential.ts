/**
 * What this library needs of a credential. Structural, so that any `TokenCredential` of `@azure/identity` fits, of whichever version
 * (https://learn.microsoft.com/javascript/api/@azure/core-auth/tokencredential).
 */
export interface TokenCredential {
  /** The token for these scopes. */
  getToken(
    scopes: string | string[],
    options?: { abortSignal?: AbortSignal; tenantId?: string },
  ): Promise<AccessToken | null>;
}

/** What a credential gives: a token and when it ends. */
export interface AccessToken {
  token: string;
  /** Milliseconds since 1970. */
  expiresOnTimestamp: number;
  /** When the issuer advises to fetch the next one; milliseconds since 1970. */
  refreshAfterTimestamp?: number;
}

/** Whether something can be asked for tokens. */
export function isTokenCredential(value: unknown): value is TokenCredential {
  const object = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return object && typeof (value as { getToken?: unknown }).getToken === 'function';
}

/** What is wrong with what a credential gave, and what to do about it; undefined where it is a token that lives. */
export function problemWith(
  given: AccessToken | null,
  now: number,
): [problem: string, hint: string] | undefined {
  if (typeof given?.token !== 'string' || given.token === '') {
    return ['gave no token', 'Check what its getToken resolves to.'];
  }
  const { expiresOnTimestamp } = given;
  if (!Number.isFinite(expiresOnTimestamp)) {
    return ['gave a token without expiresOnTimestamp', 'It must be in milliseconds since 1970.'];
  }
  if (expiresOnTimestamp > now) return undefined;
  return [
    `gave a token that expired at ${new Date(Math.max(0, expiresOnTimestamp)).toISOString()}`,
    "Check this machine's clock, and that expiresOnTimestamp is in milliseconds.",
  ];
}

/** What errors and diagnostics call a credential, or a function that will make one of @azure/identity's. */
export function credentialName(credential: unknown): string {
  const { credentialName: own } = (credential ?? {}) as { credentialName?: unknown };
  if (typeof own === 'string') return own;
  const name = isTokenCredential(credential) ? credential.constructor?.name : 'DefaultAzureCredential';
  if (name === undefined || name === '' || name === 'Object') return 'The given credential';
  // Told to be only one of its members, it does not say in its errors which one that was.
  const only = process.env.AZURE_TOKEN_CREDENTIALS?.trim() ?? '';
  return name === 'DefaultAzureCredential' && /credential$/i.test(only) ? `${name} (${only})` : name;
}

/** Whether a text can be a token. A terminal that it is printed on would obey other characters, and a server end it at a zero byte. */
export function canBeToken(text: string): boolean {
  return !/[^\x21-\x7e]/.test(text);
}
