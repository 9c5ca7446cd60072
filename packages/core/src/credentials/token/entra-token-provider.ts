import { publicCloud } from '../../azure/clouds.ts';
import { isTokenCredential, type TokenCredential } from '../../connection/token-credential.ts';
import { sharedTokenProvider } from './shared-token-providers.ts';
import { notACredential } from './token-provider.ts';

/** What `entraTokenProvider` asks for, and how it keeps it. */
export interface EntraTokenProviderOptions {
  /** What the token is for. Default: Azure Database for PostgreSQL in the public cloud. */
  scope?: string | undefined;
}

/**
 * A function that gives a token as a string, for drivers and ORMs that take one as `password`. Calls share one request and one
 * cache with everything else in the process that uses the same credential and scope; tokens are renewed ahead of their expiry.
 *
 * The driver itself must verify the server (`ssl: { rejectUnauthorized: true }`), because a token goes over the wire as it is.
 *
 * @param credential Any TokenCredential. Default: DefaultAzureCredential, made when the first token is needed.
 * @throws AzurePgError `INVALID_SETTING` for something that is not a credential; the returned function `TOKEN_UNAVAILABLE`, `MISSING_DEPENDENCY`
 */
export function entraTokenProvider(
  credential?: TokenCredential,
  options: EntraTokenProviderOptions = {},
): () => Promise<string> {
  const scope = options.scope ?? publicCloud.scope;
  if (credential !== undefined && !isTokenCredential(credential)) throw notACredential();
  const provider = sharedTokenProvider(credential === undefined ? { settings: {} } : { credential }, scope);
  // Drivers call it with arguments of their own, which are not for the provider.
  return async () => (await provider.getToken()).token;
}
