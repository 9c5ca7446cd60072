import { type AzureConnection, AzurePgError, type AzurePgErrorCode, resolveConnection } from '@azure-pg/core';

/** What a program sees of one known failure. */
export interface RecordedError {
  readonly code: string;
  readonly from: string;
  readonly error: unknown;
  /** A connection URL, where the explanation needs one. */
  readonly url?: string;
}

export const azure = 'postgresql://db.postgres.database.azure.com/app';
export const pooled = 'postgresql://db.postgres.database.azure.com:6432/app';
export const withPassword = 'postgresql://ada:secret-word@db.postgres.database.azure.com/app';

export const connectionTo = (url: string): AzureConnection => resolveConnection(url, undefined, {});

/** As pg and postgres.js throw what a server said. */
export function server(code: string, message: string, name: string = 'error'): Error {
  return Object.assign(new Error(message), { name, severity: 'FATAL', code, routine: 'auth_failed' });
}

export function system(code: string, message: string = code): Error {
  return Object.assign(new Error(message), { code });
}

export function ours(code: AzurePgErrorCode, message: string, cause?: unknown): AzurePgError {
  return new AzurePgError(code, message, { hint: 'The own hint.', cause });
}

/** As the core throws what @azure/identity said. */
export function noToken(reason: string, more: object = {}): AzurePgError {
  return ours(
    'TOKEN_UNAVAILABLE',
    `No Entra token for https://ossrdbms-aad.database.windows.net/.default: ${reason}`,
    Object.assign(new Error(reason), { name: 'CredentialUnavailableError' }, more),
  );
}
