import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createSecureServer, type Server as HttpsServer } from 'node:https';
import { type ListenAddress, listen } from '../machine/free-port.ts';
import type { IssuedCertificate } from '../tls/certificate-authority.ts';
import { authorityEndpoint } from './authority-endpoint.ts';
import type { Identity } from './directory.ts';
import { federatedToken } from './federated-token.ts';
import { managedIdentityEndpoint } from './managed-identity-endpoint.ts';
import type { SigningKey } from './signing-key.ts';
import {
  type IssuedToken,
  type IssueTokenOptions,
  postgresAudience,
  type TokenIssuer,
} from './token-issuer.ts';
import {
  type TokenFailure,
  type TokenFailureOptions,
  type TokenRequest,
  TokenRequests,
} from './token-requests.ts';

/** The stand-in for Microsoft Entra. */
export interface Entra {
  /** The authority, `https://localhost:PORT`; its certificate is the emulator's CA's. */
  readonly authority: string;
  /** Managed identity, `http://127.0.0.1:PORT`. */
  readonly managedIdentity: string;
  readonly tenantId: string;
  /** Every request for a token so far, in order. */
  readonly requests: readonly TokenRequest[];
  /** Seconds that tokens handed out from now on live. */
  tokenLifetime: number;
  /** Lets requests for tokens fail from now on; `fail(undefined)` ends that. */
  fail(mode: TokenFailure | undefined, options?: TokenFailureOptions): void;
  /** Forgets the requests so far. */
  clearRequests(): void;
  /** Makes a token without a request: for another identity, expired, for another audience or tenant, or longer. */
  issueToken(options?: IssueTokenOptions): Promise<string>;
  /** Likewise, with its time of expiry. */
  issue(options?: IssueTokenOptions): Promise<IssuedToken>;
  /**
   * A federated token, which stands for an identity at the authority as a Kubernetes service account's or a pipeline's does.
   * `lifetime` in seconds, 600 where it is not given; negative for one that has expired.
   */
  federatedToken(options?: { readonly identity?: Identity; readonly lifetime?: number }): Promise<string>;
  /** A credential as those of @azure/identity are, without a request: its tokens are for the scope that it is asked for. */
  credential(options?: Omit<IssueTokenOptions, 'audience'>): EmulatedCredential;
}

/** A `TokenCredential`, structurally. */
export interface EmulatedCredential {
  getToken(scopes: string | string[]): Promise<{ token: string; expiresOnTimestamp: number }>;
}

/** What the stand-in is made of. */
export interface EntraServerOptions {
  readonly issuer: TokenIssuer;
  readonly ports: { readonly entra: number; readonly identity: number };
  readonly listen: ListenAddress;
  /** The names under which managed identity may be asked. */
  readonly hosts: readonly string[];
  readonly certificate: IssuedCertificate;
  readonly clientCertificateKey: SigningKey;
  /** Value of `IDENTITY_HEADER`. */
  readonly secret: string;
}

/** Runs the stand-in's two servers. */
export class EntraServer implements Entra {
  readonly authority: string;
  readonly managedIdentity: string;
  readonly tenantId: string;
  readonly #issuer: TokenIssuer;
  readonly #requests = new TokenRequests();
  readonly #servers: readonly [HttpServer, HttpsServer];
  readonly #listen: ListenAddress;
  readonly #ports: { readonly entra: number; readonly identity: number };

  constructor(options: EntraServerOptions) {
    const { issuer, ports } = options;
    this.#issuer = issuer;
    this.#ports = ports;
    this.#listen = options.listen;
    this.tenantId = issuer.directory.tenantId;
    this.authority = `https://localhost:${ports.entra}`;
    this.managedIdentity = `http://127.0.0.1:${ports.identity}`;
    const requests = this.#requests;
    this.#servers = [
      createServer(
        managedIdentityEndpoint({ issuer, requests, secret: options.secret, hosts: options.hosts }),
      ),
      createSecureServer(
        { ...options.certificate },
        authorityEndpoint({
          issuer,
          requests,
          origin: () => this.authority,
          clientCertificateKey: () => options.clientCertificateKey.publicKey,
        }),
      ),
    ];
  }

  async open(): Promise<void> {
    await Promise.all([
      listen(this.#servers[0], this.#ports.identity, this.#listen),
      listen(this.#servers[1], this.#ports.entra, this.#listen),
    ]);
    for (const server of this.#servers) server.on('error', () => {});
  }

  async close(): Promise<void> {
    this.#requests.close();
    await Promise.all(
      this.#servers.map(async (server) => {
        if (!server.listening) return;
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        await closed;
      }),
    );
  }

  get requests(): readonly TokenRequest[] {
    return this.#requests.log;
  }

  get tokenLifetime(): number {
    return this.#issuer.lifetime;
  }

  set tokenLifetime(seconds: number) {
    this.#issuer.lifetime = seconds;
  }

  fail(mode: TokenFailure | undefined, options?: TokenFailureOptions): void {
    this.#requests.fail(mode, options);
  }

  clearRequests(): void {
    this.#requests.log.length = 0;
  }

  async issueToken(options: IssueTokenOptions = {}): Promise<string> {
    return (await this.issue(options)).token;
  }

  federatedToken({
    identity = this.#issuer.directory.first,
    lifetime = 600,
  }: {
    readonly identity?: Identity;
    readonly lifetime?: number;
  } = {}): Promise<string> {
    return federatedToken(this.#issuer.key, identity, lifetime);
  }

  credential(options: Omit<IssueTokenOptions, 'audience'> = {}): EmulatedCredential {
    return {
      getToken: async (scopes) => {
        const audience = [scopes].flat()[0]?.replace(/\/\.default$/, '') ?? postgresAudience;
        const { token, expiresOn } = await this.issue({ ...options, audience });
        return { token, expiresOnTimestamp: expiresOn * 1000 };
      },
    };
  }

  issue({ identity, ...options }: IssueTokenOptions = {}): Promise<IssuedToken> {
    return this.#issuer.issue(identity ?? this.#issuer.directory.first, options);
  }
}
