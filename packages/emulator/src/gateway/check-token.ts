import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose';
import type { Directory } from '../entra/directory.ts';
import type { RoleMapping } from '../entra/role-mapping.ts';
import type { SigningKey } from '../entra/signing-key.ts';
import type { Refusal } from './messages.ts';

/** What tokens are checked against. */
export interface TokenPolicy {
  readonly directory: Directory;
  readonly key: SigningKey;
  /** The only accepted `aud`. */
  readonly audience: string;
}

// The messages are Azure's; their SQLSTATEs are published for few of them.
const invalidPassword = (message: string): Refusal => ({ sqlState: '28P01', message });
const notTheirs = (role: string): Refusal =>
  invalidPassword(`password authentication failed for user "${role}"`);
const notAToken = invalidPassword(
  'The access token has invalid format. Please acquire a new token and retry.',
);
const invalidAuthorization = (message: string): Refusal => ({ sqlState: '28000', message });

/**
 * Decides whether a token lets a client in as a role: signature, time, audience, tenant, then the role's principal by object id. Gives the
 * server's refusal, or undefined when it does.
 */
export async function checkToken(
  token: string,
  role: string,
  mapping: RoleMapping | undefined,
  policy: TokenPolicy,
): Promise<Refusal | undefined> {
  // A role that is not mapped to a principal has an ordinary password, or none.
  if (mapping === undefined) return notTheirs(role);
  try {
    decodeProtectedHeader(token);
  } catch {
    return notAToken;
  }
  let claims: JWTPayload;
  try {
    ({ payload: claims } = await jwtVerify(token, policy.key.publicKey, {
      algorithms: ['RS256'],
      requiredClaims: ['exp', 'aud', 'iss', 'tid', 'oid'],
    }));
  } catch (error) {
    if (error instanceof errors.JWTExpired) {
      return invalidPassword('The access token has expired. Please acquire a new token and retry.');
    }
    if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid) {
      return notAToken;
    }
    return notValid;
  }
  if (claims.aud !== policy.audience) {
    const advice = `Please acquire a new token for the resource "${policy.audience}".`;
    return invalidPassword(`The access token does not have a valid audience claim. ${advice}`);
  }
  const { tenantId } = policy.directory;
  const issuers = [
    `https://sts.windows.net/${tenantId}/`,
    `https://login.microsoftonline.com/${tenantId}/v2.0`,
  ];
  if (claims.tid !== tenantId || !issuers.includes(String(claims.iss))) return notValid;
  return checkPrincipal(claims, role, mapping, policy.directory);
}

const notValid = invalidPassword(
  'An error occurred while validating the access token. Please acquire a new token and retry.',
);

function checkPrincipal(
  claims: JWTPayload,
  role: string,
  mapping: RoleMapping,
  directory: Directory,
): Refusal | undefined {
  const objectId = String(claims.oid).toLowerCase();
  const isApplication = claims.idtyp === 'app' || (claims.idtyp === undefined && claims.scp === undefined);
  if (mapping.type === 'user' && isApplication) {
    const wanted = 'an AAD_AUTH_TOKENTYPE_APP_USER or an AAD_AUTH_TOKENTYPE_APP_OBO token';
    return invalidAuthorization(`Azure AD user token for role[${role}] is neither ${wanted}.`);
  }
  if (mapping.type === 'service' && !isApplication) {
    const message = `Service Principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role[${role}]`;
    return invalidAuthorization(message);
  }
  const member = directory.find((identity) => identity.objectId === objectId);
  const groups = [
    ...(Array.isArray(claims.groups) ? claims.groups.map((group) => String(group).toLowerCase()) : []),
    ...(member === undefined ? [] : directory.groupsOf(member)),
  ];
  const fits = mapping.type === 'group' ? groups.includes(mapping.objectId) : objectId === mapping.objectId;
  if (!fits) return notTheirs(role);
  if (mapping.mfa && !(Array.isArray(claims.amr) && claims.amr.includes('mfa'))) return notValid;
  return undefined;
}
