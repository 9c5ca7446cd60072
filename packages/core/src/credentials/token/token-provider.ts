import { publicCloud } from '../../azure/clouds.ts';
import { canBeToken, isTokenCredential } from '../../connection/token-credential.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { publish } from '../../notices/diagnostics.ts';
import { refuseSlash } from '../../settings/resolve/entra-settings.ts';
import { CachingTokenProvider } from './caching-token-provider.ts';
import { tokenTimeout, tokenUnavailable } from './token-error.ts';
import type { ProviderWords, TokenProvider, TokenProviderOptions } from './token-source.ts';

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
  refuseSlash('scope', scope);
  return createProvider(options, tokenWords(options.scope ?? publicCloud.scope));
}

/** The same for something else that expires and is asked for. */
export function createProvider(options: TokenProviderOptions, words: ProviderWords): TokenProvider {
  return new CachingTokenProvider(options, words);
}

const tokenWords = (scope: string): ProviderWords => ({
  publish,
  unavailable: (name, cause) => tokenUnavailable(name, scope, cause),
  timeout: (name, milliseconds) => tokenTimeout(name, scope, milliseconds),
  accepts: canBeToken,
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
