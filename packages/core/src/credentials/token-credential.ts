/**
 * What this library needs of a credential. Structural, so that any `TokenCredential` of `@azure/identity` fits, of whichever version
 * (https://learn.microsoft.com/javascript/api/@azure/core-auth/tokencredential).
 */
export interface TokenCredential {
  getToken(
    scopes: string | string[],
    options?: { abortSignal?: AbortSignal; tenantId?: string },
  ): Promise<AccessToken | null>;
}

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
