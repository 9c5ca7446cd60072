import { createHash, randomBytes } from 'node:crypto';
import { EmulatorError } from '../emulator-error.ts';

/** What a principal is in Microsoft Entra. `system-managed-identity` belongs to one resource, `managed-identity` is user-assigned. */
export type IdentityKind =
  | 'managed-identity'
  | 'system-managed-identity'
  | 'service-principal'
  | 'user'
  | 'guest'
  | 'group';

/** A principal to make. */
export interface IdentityOptions {
  /** Display name; for a user the user principal name, for a guest the e-mail address. Must be unique. */
  readonly name: string;
  /** Default: managed-identity. */
  readonly kind?: IdentityKind;
  /** The database role it signs in as; false makes none. Default: a role named as Azure names it, without administrator's rights. */
  readonly role?: boolean | { readonly name?: string; readonly admin?: boolean; readonly mfa?: boolean };
  /** Groups it is a member of; a member may sign in with the group's role. */
  readonly memberOf?: readonly Identity[];
  /** Default: derived from tenant, kind and name, so that it is the same at every start. */
  readonly objectId?: string;
  /** Default: derived likewise. */
  readonly clientId?: string;
  /** Its tokens have at least this many bytes, as those of users in many groups do. Default: what the claims need. */
  readonly tokenSize?: number;
}

/** A principal of the emulator's directory. */
export interface Identity {
  readonly name: string;
  readonly kind: IdentityKind;
  readonly objectId: string;
  /** Application id; users and groups have none. */
  readonly clientId: string | undefined;
  /** The secret that the token endpoint takes for it; service principals have one. */
  readonly clientSecret: string | undefined;
  /** A managed identity's Azure resource id, the claim `xms_mirid`. */
  readonly resourceId: string | undefined;
  /** A user's or guest's sign-in name, the claim `upn`. */
  readonly userPrincipalName: string | undefined;
  /** How Azure names its database role: `userPrincipalName`, else `name`. */
  readonly roleName: string;
  readonly memberOf: readonly Identity[];
  readonly tokenSize: number | undefined;
}

/** The kinds that `pgaadauth` knows. */
export type PrincipalType = 'user' | 'group' | 'service';

/** What `pgaadauth` calls a kind of principal. */
export function principalType(kind: IdentityKind): PrincipalType {
  if (kind === 'user' || kind === 'guest') return 'user';
  return kind === 'group' ? 'group' : 'service';
}

/** A UUID that is always the same for the same words. */
function stableUuid(...words: readonly string[]): string {
  const hex = createHash('sha256').update(words.join('\0')).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The principals of one tenant. */
export class Directory {
  readonly tenantId: string;
  readonly #identities: Identity[] = [];

  constructor(tenantId: string) {
    this.tenantId = tenantId;
  }

  get identities(): readonly Identity[] {
    return this.#identities;
  }

  /** The emulator's own, who is meant where nobody is named. */
  get first(): Identity {
    const [first] = this.#identities;
    if (first === undefined) throw new EmulatorError('NOT_RUNNING', 'The directory is empty.');
    return first;
  }

  /** Makes a principal. Throws EmulatorError INVALID_OPTION when there is one of this name already. */
  create(options: IdentityOptions): Identity {
    const { name, kind = 'managed-identity' } = options;
    const invalid = (message: string): EmulatorError => new EmulatorError('INVALID_OPTION', message);
    if (typeof name !== 'string' || name === '') throw invalid('An identity needs a name.');
    if (!kinds.has(kind))
      throw invalid(`"${kind}" is not a kind of identity: choose from ${[...kinds].join(', ')}.`);
    if (this.#identities.some((identity) => identity.name === name)) {
      throw invalid(`The directory already has an identity named "${name}".`);
    }
    const person = kind === 'user' || kind === 'guest';
    const userPrincipalName =
      kind === 'guest' ? `${name.replace('@', '_')}#EXT#@local.onmicrosoft.com` : person ? name : undefined;
    const id = (what: string): string => stableUuid(this.tenantId, kind, name, what);
    const provider = `/subscriptions/${stableUuid(this.tenantId, 'subscription')}/resourcegroups/local/providers`;
    const identity: Identity = Object.freeze({
      name,
      kind,
      objectId: (options.objectId ?? id('object')).toLowerCase(),
      clientId: person || kind === 'group' ? undefined : (options.clientId ?? id('client')),
      clientSecret: kind === 'service-principal' ? randomBytes(24).toString('base64url') : undefined,
      resourceId:
        kind === 'managed-identity'
          ? `${provider}/Microsoft.ManagedIdentity/userAssignedIdentities/${name}`
          : kind === 'system-managed-identity'
            ? `${provider}/Microsoft.Web/sites/${name}`
            : undefined,
      userPrincipalName,
      roleName: userPrincipalName ?? name,
      memberOf: Object.freeze([...(options.memberOf ?? [])]),
      tokenSize: options.tokenSize,
    });
    this.#identities.push(identity);
    return identity;
  }

  remove(identity: Identity): void {
    const at = this.#identities.indexOf(identity);
    if (at !== -1) this.#identities.splice(at, 1);
  }

  find(matches: (identity: Identity) => boolean): Identity | undefined {
    return this.#identities.find(matches);
  }

  /** The object ids of all groups that a principal is in, also through other groups. */
  groupsOf(identity: Identity): string[] {
    const seen = new Set<Identity>();
    const queue = [...identity.memberOf];
    for (let group = queue.pop(); group !== undefined; group = queue.pop()) {
      if (seen.has(group)) continue;
      seen.add(group);
      queue.push(...group.memberOf);
    }
    return [...seen].map((group) => group.objectId);
  }
}

const kinds: ReadonlySet<string> = new Set<IdentityKind>([
  'managed-identity',
  'system-managed-identity',
  'service-principal',
  'user',
  'guest',
  'group',
]);
