import type { AccessToken } from '../../connection/token-credential.ts';
import { roleFromClaims } from './role-name.ts';
import { readClaims, type TokenClaims } from './token-claims.ts';

/**
 * An access token and what its claims say. The token itself is behind a getter: `console.log`, `util.inspect` and `JSON.stringify`
 * show when it expires and no more.
 */
export interface EntraToken {
  /** The password to sign in with. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
  /** The payload, unverified; empty where the token is not a JSON Web Token. Read once per token. */
  readonly claims: TokenClaims;
  /** The PostgreSQL role that the claims name, derived once per token; undefined where they name none. */
  readonly role: string | undefined;
}

/** Reads claims and role when they are first asked for. */
export function entraToken({ token, expiresOnTimestamp }: AccessToken): EntraToken {
  let claims: TokenClaims | undefined;
  let role: string | undefined;
  const read = (): TokenClaims => {
    if (claims === undefined) {
      claims = readClaims(token);
      role = roleFromClaims(claims);
    }
    return claims;
  };
  const hidden = { enumerable: false } as const;
  return Object.freeze(
    Object.defineProperties({ expiresOnTimestamp } as EntraToken, {
      token: { ...hidden, get: () => token },
      claims: { ...hidden, get: read },
      role: {
        ...hidden,
        get: () => {
          read();
          return role;
        },
      },
    }),
  );
}
