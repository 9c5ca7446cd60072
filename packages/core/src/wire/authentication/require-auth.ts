import type { AuthMethod, RequireAuth } from '../../connection/connection.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';

/** @throws AzurePgError `AUTH_METHOD_NOT_ALLOWED` */
export function assertMethodAllowed(requireAuth: RequireAuth | undefined, method: AuthMethod): void {
  if (requireAuth === undefined || requireAuth.methods.includes(method)) return;
  const asked = method === 'none' ? 'let us in without asking who we are' : `asked for ${titles[method]}`;
  throw new AzurePgError(
    'AUTH_METHOD_NOT_ALLOWED',
    `The server ${asked}, but require_auth is "${requireAuth.written}"`,
    {
      hint: `Nothing secret was sent. Allow it with require_auth=${method}, or have the server ask for what you trust.`,
    },
  );
}

const titles: Readonly<Record<AuthMethod, string>> = {
  password: 'the password in cleartext',
  md5: 'an MD5 password',
  gss: 'GSSAPI authentication',
  sspi: 'SSPI authentication',
  'scram-sha-256': 'SCRAM-SHA-256',
  oauth: 'an OAuth token',
  none: 'nothing',
};

/** What this client cannot do, whatever is allowed. */
export function methodUnsupported(name: string): AzurePgError {
  return new AzurePgError(
    'AUTH_METHOD_NOT_ALLOWED',
    `The server asked for ${name}, which this client does not support`,
    {
      hint: 'Have pg_hba.conf ask this client for scram-sha-256; Azure asks for an Entra token as a password.',
    },
  );
}
