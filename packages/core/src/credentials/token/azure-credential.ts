import type { DefaultAzureCredentialOptions } from '@azure/identity';
import { cloudOfAuthority } from '../../azure/clouds.ts';
import type { TokenCredential } from '../../connection/token-credential.ts';
import type { AzureIdentitySettings } from './azure-identity-settings.ts';
import { missingDependency } from './missing-dependency.ts';
import { PlatformCredential } from './platform-credential.ts';
import { hasOwnSecret, type PlatformIdentity, platformIdentity } from './platform-identity.ts';

/**
 * The credential that fits the settings. Where the chain of DefaultAzureCredential would end at an identity of the platform, that is asked
 * directly, and @azure/identity only where it gives no token.
 *
 * @throws AzurePgError `MISSING_DEPENDENCY`
 */
export async function makeAzureCredential(
  settings: AzureIdentitySettings,
  env: NodeJS.ProcessEnv = process.env,
): Promise<TokenCredential> {
  const library = (): Promise<TokenCredential> => makeLibraryCredential(settings, env);
  const platform = platformOf(settings, env);
  return platform === undefined ? library() : new PlatformCredential(platform, library);
}

/** The identity that is asked without @azure/identity; undefined where the library has to be asked. */
export function platformOf(
  settings: AzureIdentitySettings,
  env: NodeJS.ProcessEnv,
): PlatformIdentity | undefined {
  const { azureIdentity, clientSecret } = settings;
  if (azureIdentity === 'always' || clientSecret !== undefined || contradicts(settings, env))
    return undefined;
  return platformIdentity(settings, env);
}

/** The identity that was written for this connection is not the environment's service principal. */
function contradicts(
  { clientId, managedIdentityResourceId }: AzureIdentitySettings,
  env: NodeJS.ProcessEnv,
): boolean {
  if (!hasOwnSecret(env)) return false;
  return (
    managedIdentityResourceId !== undefined || (clientId !== undefined && env.AZURE_CLIENT_ID !== clientId)
  );
}

/**
 * Makes the credential of @azure/identity that fits the settings. The library is loaded here, when the first token is needed, and
 * nowhere else.
 *
 * - client id, tenant and secret (Service Connector's variables): that service principal.
 * - otherwise DefaultAzureCredential, told of client id, tenant and managed identity. AZURE_TOKEN_CREDENTIALS narrows it, as always.
 * - a client id that contradicts the environment's own service principal: workload and managed identity of that id alone, because
 *   DefaultAzureCredential would let the environment win over what was written for this connection.
 * - a managed identity's resource id together with a service principal of the environment: that identity alone, for the same reason.
 *
 * @throws AzurePgError `MISSING_DEPENDENCY`
 */
async function makeLibraryCredential(
  settings: AzureIdentitySettings,
  env: NodeJS.ProcessEnv,
): Promise<TokenCredential> {
  const identity = await loadLibrary();
  const { authorityHost, clientId, managedIdentityResourceId, clientSecret } = settings;
  const tenantId = settings.tenantId ?? (clientSecret === undefined ? undefined : env.AZURE_TENANT_ID);
  const authority = {
    ...(authorityHost === undefined ? {} : { authorityHost }),
    // The public sign-in service is asked whether an authority is genuine; it does not know private clouds.
    ...(authorityHost !== undefined && cloudOfAuthority(authorityHost) === undefined
      ? { disableInstanceDiscovery: true }
      : {}),
  };
  if (clientId !== undefined && tenantId !== undefined && clientSecret !== undefined) {
    return new identity.ClientSecretCredential(tenantId, clientId, clientSecret, authority);
  }
  const tenant = tenantId === undefined ? {} : { tenantId };
  const contradicted = contradicts(settings, env);
  if (contradicted && clientId !== undefined) {
    return new identity.ChainedTokenCredential(
      ...(env.AZURE_FEDERATED_TOKEN_FILE
        ? [new identity.WorkloadIdentityCredential({ ...authority, ...tenant, clientId })]
        : []),
      new identity.ManagedIdentityCredential({ ...authority, clientId }),
    );
  }
  const options: DefaultAzureCredentialOptions = { ...authority, ...tenant };
  if (managedIdentityResourceId !== undefined) {
    if (contradicted) {
      return new identity.ManagedIdentityCredential({ ...authority, resourceId: managedIdentityResourceId });
    }
    return new identity.DefaultAzureCredential({ ...options, managedIdentityResourceId });
  }
  if (clientId === undefined) return new identity.DefaultAzureCredential(options);
  return new identity.DefaultAzureCredential({
    ...options,
    managedIdentityClientId: clientId,
    workloadIdentityClientId: clientId,
  });
}

async function loadLibrary(): Promise<typeof import('@azure/identity')> {
  const missing = (error?: unknown): Error =>
    missingDependency('@azure/identity', 'an Entra token is needed to sign in', error);
  // Bundlers take the package for optional in this form only; with .catch() a build without it fails.
  try {
    const identity = await import('@azure/identity');
    // Next.js with webpack puts an empty module in the place of a peer that is not installed.
    if (typeof identity.DefaultAzureCredential === 'function') return identity;
  } catch (error) {
    throw missing(error);
  }
  throw missing();
}
