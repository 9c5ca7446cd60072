import { randomBytes, randomUUID } from 'node:crypto';
import { type JWTPayload, SignJWT } from 'jose';
import type { Directory, Identity } from './directory.ts';
import type { SigningKey } from './signing-key.ts';

/** The resource that Azure Database for PostgreSQL wants tokens for. */
export const postgresAudience = 'https://ossrdbms-aad.database.windows.net';

/** The resources of databases. Tokens of managed identities for them do not say which identity it is; those for anything else do. */
const databaseAudience = /^https:\/\/(ossrdbms-aad\.database\.|token\.postgres\.cosmos\.)/;

/** What a token says in addition to what its identity gives. */
export interface IssueTokenOptions {
  /** Default: the emulator's own identity. */
  readonly identity?: Identity;
  /** Claim `aud`. Default: the resource of Azure Database for PostgreSQL. */
  readonly audience?: string;
  /** Claim `tid`, also part of `iss`. Default: the emulator's tenant. */
  readonly tenantId?: string;
  /** Seconds from now to `exp`; negative for a token that has expired. Default: the emulator's `tokenLifetime`. */
  readonly lifetime?: number;
  /** The token has at least this many bytes. Default: the identity's `tokenSize`. */
  readonly size?: number;
  /** Claims that replace or, when undefined, remove the others. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A token as the endpoints hand it out. */
export interface IssuedToken {
  readonly token: string;
  /** Seconds since 1970. */
  readonly expiresOn: number;
  readonly expiresIn: number;
}

/** The public application id of the Azure CLI, through which people get their tokens. */
const azureCli = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';

/** Makes the tokens of one tenant, shaped as Entra's version 1.0 access tokens. */
export class TokenIssuer {
  readonly directory: Directory;
  readonly key: SigningKey;
  /** Seconds that new tokens live. */
  lifetime: number;

  constructor(directory: Directory, key: SigningKey, lifetime: number) {
    this.directory = directory;
    this.key = key;
    this.lifetime = lifetime;
  }

  async issue(identity: Identity, options: Omit<IssueTokenOptions, 'identity'> = {}): Promise<IssuedToken> {
    const now = Math.floor(Date.now() / 1000);
    const expiresIn = options.lifetime ?? this.lifetime;
    const tenantId = options.tenantId ?? this.directory.tenantId;
    const claims: Record<string, unknown> = {
      aud: options.audience ?? postgresAudience,
      iss: `https://sts.windows.net/${tenantId}/`,
      iat: Math.min(now, now + expiresIn) - 5,
      nbf: Math.min(now, now + expiresIn) - 5,
      exp: now + expiresIn,
      aio: randomBytes(24).toString('base64'),
      ...this.#claimsOf(identity, tenantId, options.audience ?? postgresAudience),
      oid: identity.objectId,
      rh: `1.${randomBytes(36).toString('base64url')}.`,
      sub: identity.objectId,
      tid: tenantId,
      uti: randomBytes(16).toString('base64url'),
      ver: '1.0',
      ...options.claims,
    };
    const size = options.size ?? identity.tokenSize ?? 0;
    let token = await this.#sign(claims);
    if (token.length < size) {
      // Real tokens grow with the groups that a user is in; the last few bytes are filled up.
      const groups = Array.isArray(claims.groups) ? [...claims.groups] : [];
      for (let length = token.length + 80; length < size; length += 52) groups.push(randomUUID());
      const grown = groups.length > 0 ? { ...claims, groups } : claims;
      let padding = 0;
      do {
        token = await this.#sign({ ...grown, xms_pad: 'x'.repeat(padding) });
        padding += Math.max(1, Math.floor(((size - token.length) * 3) / 4));
      } while (token.length < size);
    }
    return { token, expiresOn: now + expiresIn, expiresIn };
  }

  /** As in real tokens: microsoft/aspire#8230 quotes one of a managed identity. */
  #claimsOf(identity: Identity, tenantId: string, audience: string): Record<string, unknown> {
    const groups = this.directory.groupsOf(identity);
    const withGroups = groups.length > 0 ? { groups } : {};
    if (identity.userPrincipalName !== undefined) {
      return {
        acr: '1',
        amr: ['pwd', 'mfa'],
        appid: azureCli,
        appidacr: '0',
        idtyp: 'user',
        ipaddr: '192.0.2.1',
        name: identity.name,
        scp: 'user_impersonation',
        unique_name: identity.userPrincipalName,
        upn: identity.userPrincipalName,
        xms_idrel: '1 2',
        ...withGroups,
      };
    }
    return {
      appid: identity.clientId,
      appidacr: identity.kind === 'service-principal' ? '1' : '2',
      idp: `https://sts.windows.net/${tenantId}/`,
      idtyp: 'app',
      xms_idrel: '7 20',
      ...(identity.resourceId === undefined || databaseAudience.test(audience)
        ? {}
        : { xms_mirid: identity.resourceId }),
      ...withGroups,
    };
  }

  async #sign(claims: Record<string, unknown>): Promise<string> {
    const given = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
    return await new SignJWT(given as JWTPayload)
      .setProtectedHeader({ typ: 'JWT', alg: 'RS256', kid: this.key.keyId })
      .sign(this.key.privateKey);
  }
}
