import type { TokenCredential } from '../../connection/token-credential.ts';
import type { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { publish } from '../../notices/diagnostics.ts';
import type { Logger } from '../../notices/logger.ts';
import type { Clock } from '../../waiting/clock.ts';
import type { EntraToken } from './entra-token.ts';

/** How long to wait for a token, and how long it has to last. */
export interface GetTokenOptions {
  /** Ends the wait of this caller alone; a request that others share goes on. Rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Milliseconds to wait at most; then it rejects with `TOKEN_UNAVAILABLE`. Default: as long as a request may take. */
  timeout?: number | undefined;
  /** Milliseconds that the token must still live: what a connect may take. Default: the provider's. */
  minimumLifetime?: number | undefined;
  /** Is told what happens on behalf of this call. */
  logger?: Logger | undefined;
}

/** A source of Entra tokens for one credential and scope, meant to be shared by everything that uses them. */
export interface TokenProvider {
  /**
   * The held token where it is usable, at once; else one for which all callers wait together.
   * @throws AzurePgError `TOKEN_UNAVAILABLE`, `MISSING_DEPENDENCY`
   */
  getToken(options?: GetTokenOptions): Promise<EntraToken>;
  /**
   * The server refused this token. It is put aside, where it is still the held one, and serves again only if no other can be had.
   * True when another `getToken` gives something worth a second try: a newer token, or one that is asked for now. False while the last
   * refusal is so recent that another token would be refused as well.
   */
  refuse(token: string, logger?: Logger): boolean;
}

/** Where `createTokenProvider` gets its tokens, and when it renews them. */
export interface TokenProviderOptions {
  /** The credential, or how to make it when the first token is needed. */
  credential: TokenCredential | (() => TokenCredential | Promise<TokenCredential>);
  /** What the tokens are for. Default: Azure Database for PostgreSQL in the public cloud. */
  scope?: string | undefined;
  /** What errors and diagnostics call the credential. Default: the name of its class. */
  name?: string | undefined;
  /** Milliseconds that a token must still live to be handed out. Default: 30,000, the server's own limit for signing in. */
  minimumLifetime?: number | undefined;
  /**
   * Milliseconds after which a request counts as failed and another may begin, whether or not the credential heeds its abort signal.
   * What it gives later is kept nevertheless. Default: 30,000.
   */
  requestTimeout?: number | undefined;
  /** Time and chance, for tests. */
  clock?: Partial<Clock> | undefined;
}

/** How a provider's failures are put into words; a password from Key Vault is kept by the same rules as a token. */
export interface ProviderWords {
  readonly publish: typeof publish;
  readonly unavailable: (name: string, cause: unknown) => AzurePgError;
  readonly timeout: (name: string, milliseconds: number) => AzurePgError;
  /** Whether what was given can be what was asked for. */
  readonly accepts: (given: string) => boolean;
}
