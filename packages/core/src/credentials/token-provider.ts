import { publish } from '../diagnostics.ts';
import { publicCloud } from '../endpoint/clouds.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import type { Logger } from '../logger.ts';
import { CachingTokenProvider } from './caching-token-provider.ts';
import type { Clock } from './clock.ts';
import type { EntraToken } from './entra-token.ts';
import { isTokenCredential, type TokenCredential } from './token-credential.ts';
import { tokenTimeout, tokenUnavailable } from './token-error.ts';

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

/**
 * Caches, shares and refreshes the tokens of one credential and scope: one request at a time however many ask; renewed behind the
 * connects before it is due; a failure never takes away a token that is still valid. Without timers: nothing happens unless asked.
 * The rules are in refresh-policy.ts; this keeps the state and does what they say.
 *
 * @throws AzurePgError `INVALID_SETTING` for what is no credential, or a scope that no server takes.
 */
export function createTokenProvider(options: TokenProviderOptions): TokenProvider {
  const { credential, scope } = options;
  if (!isTokenCredential(credential) && typeof credential !== 'function') throw notACredential();
  if (scope?.endsWith('//.default')) {
    throw new AzurePgError(
      'INVALID_SETTING',
      'Invalid scope: the server refuses an audience that ends in a slash',
      {
        hint: 'Write one slash before ".default".',
      },
    );
  }
  return createProvider(options, tokenWords(options.scope ?? publicCloud.scope));
}

/** How a provider's failures are put into words; a password from Key Vault is kept by the same rules as a token. */
export interface ProviderWords {
  readonly publish: typeof publish;
  readonly unavailable: (name: string, cause: unknown) => AzurePgError;
  readonly timeout: (name: string, milliseconds: number) => AzurePgError;
}

/** The same for something else that expires and is asked for. */
export function createProvider(options: TokenProviderOptions, words: ProviderWords): TokenProvider {
  return new CachingTokenProvider(options, words);
}

const tokenWords = (scope: string): ProviderWords => ({
  publish,
  unavailable: (name, cause) => tokenUnavailable(name, scope, cause),
  timeout: (name, milliseconds) => tokenTimeout(name, scope, milliseconds),
});

/** What was given as credential cannot be asked for tokens. */
export function notACredential(): AzurePgError {
  return new AzurePgError(
    'INVALID_SETTING',
    'Invalid credential: it must be a TokenCredential, an object with getToken()',
    {
      hint: 'Any credential of @azure/identity fits.',
    },
  );
}
