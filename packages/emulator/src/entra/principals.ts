import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmulatorError } from '../emulator-error.ts';
import type { CertificateAuthority } from '../tls/certificate-authority.ts';
import { type Identity, type IdentityOptions, principalType } from './directory.ts';
import { type Environments, environments } from './environments.ts';
import { federatedToken } from './federated-token.ts';
import type { RoleMapping } from './role-mapping.ts';
import type { SigningKey } from './signing-key.ts';
import type { TokenIssuer } from './token-issuer.ts';

/** Runs SQL as the superuser. */
export type Query = <Row>(sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** Where things are that environment variables point at. */
export interface PrincipalsOptions {
  readonly issuer: TokenIssuer;
  readonly query: Query;
  readonly folder: string;
  readonly ca: CertificateAuthority;
  readonly caFile: string;
  readonly clientCertificateKey: SigningKey;
  readonly managedIdentityUrl: string;
  readonly managedIdentitySecret: string;
  readonly authorityUrl: string;
}

/** The principals of the directory as the database and the environment of programs see them. */
export class Principals {
  readonly #options: PrincipalsOptions;
  readonly #certificateFile: string;
  #certificate: Promise<void> | undefined;
  #companion: Promise<Identity> | undefined;

  constructor(options: PrincipalsOptions) {
    this.#options = options;
    this.#certificateFile = join(options.folder, 'client-certificate.pem');
  }

  /** Makes a principal and, unless told not to, its role. */
  async create(options: IdentityOptions): Promise<Identity> {
    const { issuer, query } = this.#options;
    const identity = issuer.directory.create(options);
    const type = principalType(identity.kind);
    const { objectId, roleName } = identity;
    const role = options.role ?? true;
    const { name = roleName, admin = false, mfa = false } = typeof role === 'boolean' ? {} : role;
    try {
      // One statement, so that there is all of it or nothing.
      await query(
        `WITH entry AS (INSERT INTO azure_pg_emulator.directory VALUES ($1, $2, $3, $4) RETURNING object_id)
         SELECT CASE WHEN $5 THEN azure_pg_emulator.create_role($6, object_id, $3, $7, $8) END FROM entry`,
        [objectId, roleName, type, issuer.directory.tenantId, role !== false, name, admin, mfa],
      );
    } catch (error) {
      issuer.directory.remove(identity);
      throw error;
    }
    return identity;
  }

  /** Whose role it is; undefined when it is nobody's, or cannot sign in. */
  async mappingOf(role: string): Promise<RoleMapping | undefined> {
    const [mapping] = await this.#options.query<RoleMapping>(
      `SELECT p.object_id AS "objectId", p.type, p.is_mfa AS mfa FROM azure_pg_emulator.principal p
       JOIN pg_roles r ON r.oid = p.role WHERE r.rolname = $1 AND r.rolcanlogin`,
      [role],
    );
    return mapping;
  }

  /** The variables with which a program gets tokens of this identity. */
  async environmentsFor(identity: Identity): Promise<Environments> {
    const { issuer, folder, caFile, managedIdentityUrl, managedIdentitySecret, authorityUrl } = this.#options;
    const { clientId } = identity;
    if (clientId === undefined) {
      const message = `"${identity.name}" is a ${identity.kind}: only applications and managed identities get tokens by themselves.`;
      throw new EmulatorError('INVALID_OPTION', message, { hint: 'Use entra.issueToken({ identity }).' });
    }
    const federatedTokenFile = join(folder, `federated-token-${identity.objectId}`);
    const token = await federatedToken(issuer.key, identity, 30 * 24 * 3600);
    await writeFile(federatedTokenFile, token, { mode: 0o600 });
    this.#certificate ??= this.#writeCertificate();
    await this.#certificate;
    const application = identity.clientSecret === undefined ? await this.#ownApplication() : identity;
    return environments({
      tenantId: issuer.directory.tenantId,
      managedIdentityUrl,
      managedIdentitySecret,
      authorityUrl,
      caFile,
      federatedTokenFile,
      certificateFile: this.#certificateFile,
      clientId,
      application: { clientId: application.clientId ?? '', secret: application.clientSecret ?? '' },
    });
  }

  /** Managed identities have neither secret nor certificate, so a service principal stands beside the emulator's own. */
  #ownApplication(): Promise<Identity> {
    const { name } = this.#options.issuer.directory.first;
    this.#companion ??= this.create({ name: `${name}-application`, kind: 'service-principal' });
    return this.#companion;
  }

  /** One certificate serves all applications: what they sign with it says who they are. */
  async #writeCertificate(): Promise<void> {
    const { ca, clientCertificateKey } = this.#options;
    const key = clientCertificateKey.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const { cert } = await ca.issue({ names: [], commonName: 'application', usage: 'client', key });
    await writeFile(this.#certificateFile, `${key}${cert}`, { mode: 0o600 });
  }
}
