import { isGuid } from '../../azure/guid.ts';
import type { TokenPrincipal } from '../../explain/token-principal.ts';
import { roleFromClaims } from './role-name.ts';
import { readClaims } from './token-claims.ts';

/**
 * The principal that a token belongs to, as the functions pgaadauth want it: its object id (`oid`) and whether it is a user's or an
 * application's (`idtyp`; where that optional claim is missing, only users' tokens have scopes).
 * https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
 *
 * @param derived the role that was found for it by other means than a user's word.
 */
export function principalOfToken(token: string, derived?: string): TokenPrincipal | undefined {
  const claims = readClaims(token);
  const { oid, idtyp, scp } = claims;
  if (typeof oid !== 'string' || !isGuid(oid)) return undefined;
  const isUser = idtyp === 'user' || (idtyp !== 'app' && scp !== undefined);
  return {
    objectId: oid.toLowerCase(),
    principalType: isUser ? 'user' : 'service',
    role: roleFromClaims(claims) ?? derived,
  };
}
