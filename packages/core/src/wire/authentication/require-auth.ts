import { AzurePgError } from '../../errors/azure-pg-error.ts';

/** How a server may want to know who is there, by libpq's names for require_auth. `none`: it asks nothing. */
export type AuthMethod = 'password' | 'md5' | 'gss' | 'sspi' | 'scram-sha-256' | 'oauth' | 'none';

/**
 * libpq's require_auth: a list of methods of which one must be used, or, each with "!" before it, of methods that must not be.
 * https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNECT-REQUIRE-AUTH
 */
export function methodAllowed(requireAuth: string | undefined, method: AuthMethod): boolean {
  const words = (requireAuth ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0) return true;
  const negated = (words[0] as string).startsWith('!');
  const named = words.map((word) => word.replace(/^!/, ''));
  return named.includes(method) !== negated;
}

/** @throws AzurePgError `AUTH_METHOD_NOT_ALLOWED` */
export function assertMethodAllowed(requireAuth: string | undefined, method: AuthMethod): void {
  if (methodAllowed(requireAuth, method)) return;
  const asked = method === 'none' ? 'let us in without asking who we are' : `asked for ${titles[method]}`;
  throw new AzurePgError(
    'AUTH_METHOD_NOT_ALLOWED',
    `The server ${asked}, but require_auth is "${requireAuth}"`,
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
    `The server asked for ${name}, which this client does not do`,
    {
      hint: 'Have pg_hba.conf ask this client for scram-sha-256; Azure asks for Entra tokens as a password.',
    },
  );
}
