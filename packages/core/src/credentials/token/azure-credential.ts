import type { DefaultAzureCredentialOptions } from '@azure/identity';
import { cloudOfAuthority } from '../../azure/clouds.ts';
import type { TokenCredential } from '../../connection/token-credential.ts';
import { missingDependency } from './missing-dependency.ts';

/** Which identity to sign in as, where the user gave no credential. */
export interface AzureIdentitySettings {
  readonly authorityHost?: string | undefined;
  readonly clientId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly managedIdentityResourceId?: string | undefined;
  readonly clientSecret?: string | undefined;
}

/**
 * Makes the credential of @azure/identity that fits the settings. The library is loaded here, when the first token is needed, and
 * nowhere else.
 *
 * - client id, tenant and secret (Service Connector's variables): that service principal.
 * - otherwise DefaultAzureCredential, told of client id, tenant and managed identity. AZURE_TOKEN_CREDENTIALS narrows it, as always.
 * - a client id that contradicts the environment's own service principal: workload and managed identity of that id alone, because
 *   DefaultAzureCredential would let the environment win over what was written for this connection.
 * - a managed identity's resource id beside a service principal of the environment: that identity alone, for the same reason.
 *
 * @throws AzurePgError `MISSING_DEPENDENCY`
 */
export async function makeAzureCredential(
  settings: AzureIdentitySettings,
  env: NodeJS.ProcessEnv = process.env,
): Promise<TokenCredential> {
  const identity = await import('@azure/identity').catch((error: unknown) => {
    throw missingDependency('@azure/identity', 'an Entra token is needed to sign in', error);
  });
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
  const environmentsOwn = env.AZURE_CLIENT_SECRET || env.AZURE_CLIENT_CERTIFICATE_PATH || env.AZURE_USERNAME;
  if (clientId !== undefined && environmentsOwn && env.AZURE_CLIENT_ID !== clientId) {
    return new identity.ChainedTokenCredential(
      ...(env.AZURE_FEDERATED_TOKEN_FILE
        ? [new identity.WorkloadIdentityCredential({ ...authority, ...tenant, clientId })]
        : []),
      new identity.ManagedIdentityCredential({ ...authority, clientId }),
    );
  }
  const options: DefaultAzureCredentialOptions = { ...authority, ...tenant };
  if (managedIdentityResourceId !== undefined) {
    if (environmentsOwn) {
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
