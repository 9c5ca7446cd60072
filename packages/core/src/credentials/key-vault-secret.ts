import { clouds } from '../azure/clouds.ts';
import { isAzureHost } from '../azure/endpoint.ts';
import { isTokenHostAllowed } from '../azure/token-host.ts';
import type { AzureConnection } from '../connection/connection.ts';
import type { TokenCredential } from '../connection/token-credential.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { publish } from '../notices/diagnostics.ts';
import { missingDependency } from './token/missing-dependency.ts';
import { type CredentialOwner, credentialOf } from './token/shared-token-providers.ts';
import { errorWithoutSecrets, withoutSecrets } from './token/without-secrets.ts';

/** A secret of a vault, by its URI. */
export interface KeyVaultSecret {
  readonly uri: string;
  readonly vault: string;
  /** Host name of the vault. */
  readonly host: string;
  readonly name: string;
  /** undefined: the newest. */
  readonly version: string | undefined;
}

/** Where vaults live, and the scope of a token for them. */
const vaults: ReadonlyMap<string, string> = new Map(
  clouds.map(({ vaultSuffix }) => [vaultSuffix, `https://${vaultSuffix.slice(1)}/.default`]),
);
const scopes: ReadonlySet<string> = new Set(vaults.values());

/** Takes `https://VAULT/secrets/NAME[/VERSION]` apart. @throws AzurePgError `KEY_VAULT` */
export function parseSecretUri(uri: string): KeyVaultSecret {
  const match =
    /^(https:\/\/([a-z0-9.-]+)(?::\d{1,5})?)\/secrets\/([0-9a-z-]{1,127})(?:\/([0-9a-z]+))?\/?$/i.exec(uri);
  if (match === null) {
    throw new AzurePgError(
      'KEY_VAULT',
      'The password should come from Azure Key Vault, but the value is not the URI of a secret',
      {
        hint: 'Write password=keyvault:https://VAULT.vault.azure.net/secrets/NAME, with letters, digits and "-" in NAME.',
      },
    );
  }
  const [, vault = '', host = '', name = '', version] = match;
  return { uri, vault, host: host.toLowerCase(), name, version };
}

const isVaultHost = (host: string): boolean => [...vaults.keys()].some((suffix) => host.endsWith(suffix));

/** A vault is Azure's, or this machine's, or allowed by the user. @throws AzurePgError `HOST_NOT_ALLOWED` */
export function assertVaultAllowed({ host }: KeyVaultSecret, connection: AzureConnection): void {
  if (isVaultHost(host)) return;
  if (!isAzureHost(host) && isTokenHostAllowed({ host, hostaddr: undefined }, connection)) return;
  throw new AzurePgError(
    'HOST_NOT_ALLOWED',
    `"${host}" is not an Azure Key Vault, so it gets no Entra token`,
    {
      hint: 'A vault is NAME.vault.azure.net. If this one is yours, allow it: allowed_hosts=HOST.',
    },
  );
}

/**
 * Reads the secret with @azure/keyvault-secrets, which is loaded here and nowhere else.
 * @throws AzurePgError `KEY_VAULT`, `MISSING_DEPENDENCY`
 */
export async function readSecret(
  secret: KeyVaultSecret,
  owner: CredentialOwner,
  abortSignal: AbortSignal | undefined,
): Promise<string> {
  const { SecretClient } = await loadLibrary();
  const given = credentialOf(owner);
  const started = Date.now();
  try {
    const credential = typeof given === 'function' ? await given() : given;
    const client = new SecretClient(secret.vault, forVaultsOnly(credential, secret), {
      // The client compares the audience that the vault asks for with the vault's name, which only Azure's own names pass.
      // What a token may be for is settled in forVaultsOnly.
      disableChallengeResourceVerification: !isVaultHost(secret.host),
    });
    const { value } = await client.getSecret(secret.name, {
      ...(secret.version === undefined ? {} : { version: secret.version }),
      ...(abortSignal === undefined ? {} : { abortSignal }),
    });
    if (typeof value !== 'string' || value === '') throw new Error('The secret is empty, or no text');
    publish('azure-pg:secret.read', {
      vault: secret.vault,
      name: secret.name,
      duration: Date.now() - started,
    });
    return value;
  } catch (error) {
    throw unreadable(secret, error);
  }
}

async function loadLibrary(): Promise<typeof import('@azure/keyvault-secrets')> {
  const missing = (error?: unknown): Error =>
    missingDependency('@azure/keyvault-secrets', 'the password is kept in Azure Key Vault', error);
  // As for @azure/identity: in this form a bundler takes the package for optional, and may put an empty module in its place.
  try {
    const library = await import('@azure/keyvault-secrets');
    if (typeof library.SecretClient === 'function') return library;
  } catch (error) {
    throw missing(error);
  }
  throw missing();
}

/** A vault names the audience of the token it wants; it gets one for vaults and for nothing else. */
function forVaultsOnly(credential: TokenCredential, { host }: KeyVaultSecret): TokenCredential {
  return {
    async getToken(wanted, options) {
      const list = Array.isArray(wanted) ? wanted : [wanted];
      const own = [...vaults].find(([suffix]) => host.endsWith(suffix))?.[1];
      const fits = list.every((scope) => (own === undefined ? scopes.has(scope) : scope === own));
      if (fits && list.length > 0) return credential.getToken(wanted, options);
      throw new AzurePgError(
        'KEY_VAULT',
        `${host} asks for a token that is not for Azure Key Vault; it gets none`,
      );
    },
  };
}

function unreadable({ uri }: KeyVaultSecret, error: unknown): AzurePgError {
  if (error instanceof AzurePgError) return error;
  const { statusCode, message } = (error ?? {}) as { statusCode?: unknown; message?: unknown };
  const what = withoutSecrets(typeof message === 'string' ? message : 'unknown error');
  const hint = /\bdisabled secret\b/i.test(what)
    ? 'Enable the secret, or write the URI without its version for the newest one.'
    : statusCode === 403
      ? 'Give the identity the role "Key Vault Secrets User" on the vault, and let the vault\'s firewall pass this machine.'
      : statusCode === 404
        ? 'Check the name of the secret, and that it is not disabled or deleted.'
        : 'Check the name of the vault, and that it can be reached from here.';
  return new AzurePgError('KEY_VAULT', `Cannot read the password from ${uri}: ${what}`, {
    hint,
    cause: errorWithoutSecrets(error),
  });
}
