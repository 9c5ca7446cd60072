import { isGuid } from '../../azure/guid.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { pages } from '../../explain/pages.ts';
import type { TokenClaims } from './token-claims.ts';
import { withoutSecrets } from './without-secrets.ts';

/** What a token for Azure's management said of an identity, where it was asked for. */
export interface ManagementAnswer {
  readonly scope?: string;
  readonly role?: string | undefined;
  readonly claims?: TokenClaims;
  /** It is of another identity than the database's token, and says nothing about that one. */
  readonly otherIdentity?: boolean;
  readonly failure?: unknown;
}

/** Claims that hold a sign-in name, the best first. */
const nameClaims = ['upn', 'preferred_username', 'unique_name'] as const;
/** Claims that the error may quote: names and ids, which are not secret. */
const shownClaims = [
  'xms_mirid',
  ...nameClaims,
  'email',
  'name',
  'app_displayname',
  'appid',
  'azp',
  'oid',
  'tid',
  'idtyp',
] as const;

const userAssigned =
  /^\/subscriptions\/[^/]+\/resource-?groups\/[^/]+\/providers\/Microsoft\.ManagedIdentity\/userAssignedIdentities\/([^/]+)$/i;

/**
 * The PostgreSQL role that a token's claims name: a user-assigned identity's own name, else the sign-in name of a user (of a guest the
 * whole name with #EXT#). Never an id: `appid`, `azp` and `oid` are not roles. undefined for a group's member (who signs in under the
 * group's name), a service principal and a system-assigned identity: nothing in their tokens is certain to be the role.
 * https://learn.microsoft.com/azure/postgresql/security/security-entra-configure
 */
export function roleFromClaims(claims: TokenClaims): string | undefined {
  const resource = text(claims.xms_mirid);
  const identity = resource === undefined ? undefined : userAssigned.exec(resource)?.[1];
  return [identity, ...nameClaims.map((name) => text(claims[name]))].find(isRoleName);
}

function isRoleName(name: string | undefined): name is string {
  return name !== undefined && !isGuid(name);
}

/** A claim's text, where it can stand in a startup message and in an error: not empty, not endless, no control characters. */
function text(claim: unknown): string | undefined {
  if (typeof claim !== 'string') return undefined;
  const trimmed = claim.trim();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a NUL would end the name in the startup message and begin a new parameter.
  return trimmed === '' || trimmed.length > 512 || /[\u0000-\u001f\u007f]/.test(trimmed)
    ? undefined
    : trimmed;
}

/** Names that are often the role, but not surely: a system-assigned identity's is its resource's, an application's its display name. */
function guesses(claims: TokenClaims): string[] {
  const resource = text(claims.xms_mirid)?.split('/').at(-1);
  const names = [resource, text(claims.app_displayname), text(claims.name), text(claims.email)];
  return [...new Set(names.filter(isRoleName))];
}

/** No role was named and the token names none: what the token did say, and how to name the role. */
export function roleUnknown(claims: TokenClaims, management: ManagementAnswer = {}): AzurePgError {
  const all = { ...(management.otherIdentity ? {} : management.claims), ...claims };
  const likely = guesses(all).map((name) => `"${name}"`);
  const guess = likely.length === 0 ? '' : ` It is probably ${likely.join(' or ')}.`;
  return new AzurePgError(
    'ROLE_UNKNOWN',
    `No user is named, and the Entra token does not say which PostgreSQL role it stands for. ${whatItSays(claims)}.${managementSays(management, whatItSays(claims))}`,
    {
      hint: `Name the role in the connection string (user=…), in the option "user" or in PGUSER: for a group the group's name, for a service principal or a system-assigned identity its display name.${guess}`,
      docs: pages.entra,
    },
  );
}

function managementSays({ scope, claims, otherIdentity, failure }: ManagementAnswer, said: string): string {
  if (scope === undefined) return '';
  const asked = ` The identity was also asked for a token for ${scope}, which names managed identities`;
  if (failure !== undefined) {
    return `${asked}; there was none: ${withoutSecrets(failure instanceof Error ? failure.message : String(failure))}`;
  }
  if (otherIdentity) return `${asked}; it came for another identity.`;
  const says = whatItSays(claims ?? {});
  return `${asked}; it names none either.${says === said ? '' : ` ${says}.`}`;
}

/** The claims that may be shown, in words. */
function whatItSays(claims: TokenClaims): string {
  const seen = shownClaims.flatMap((name) => {
    const value = text(claims[name]);
    return value === undefined ? [] : [`${name}="${value}"`];
  });
  const groups = claims.groups;
  if (Array.isArray(groups)) seen.push(`groups (${groups.length})`);
  if (seen.length > 0) return `Its claims are ${seen.join(', ')}`;
  return Object.keys(claims).length > 0
    ? 'It has no claim that names anybody'
    : 'It is not a JSON Web Token, so it has no claims to read';
}
