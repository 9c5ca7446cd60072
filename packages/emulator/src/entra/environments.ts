/** Environment variables, ready to be merged into a process's own. */
export type Environment = Readonly<Record<string, string>>;

/** The variables that @azure/identity needs for each way of getting a token. */
export interface Environments {
  /** Managed identity as in App Service, Functions and Container Apps. */
  readonly appService: Environment;
  /** Managed identity as on virtual machines. */
  readonly imds: Environment;
  /** Workload identity as in Kubernetes. Needs `disableInstanceDiscovery: true` on the credential. */
  readonly workloadIdentity: Environment;
  /** A service principal's secret. Needs `disableInstanceDiscovery: true` on the credential. */
  readonly clientSecret: Environment;
  /** A service principal's certificate. Needs `disableInstanceDiscovery: true` on the credential. */
  readonly clientCertificate: Environment;
}

/** What the variables are made of. */
export interface EnvironmentSources {
  readonly tenantId: string;
  readonly managedIdentityUrl: string;
  readonly managedIdentitySecret: string;
  readonly authorityUrl: string;
  readonly caFile: string;
  readonly federatedTokenFile: string;
  readonly certificateFile: string;
  /** Client id of the managed identity. */
  readonly clientId: string;
  /** The service principal for secret and certificate. */
  readonly application: { readonly clientId: string; readonly secret: string };
}

/** Makes the variables of all flows. */
export function environments(sources: EnvironmentSources): Environments {
  // Whatever the flow, nothing may look for the real metadata service.
  const local = { AZURE_POD_IDENTITY_AUTHORITY_HOST: sources.managedIdentityUrl };
  const authority = {
    ...local,
    AZURE_TENANT_ID: sources.tenantId,
    AZURE_AUTHORITY_HOST: sources.authorityUrl,
    NODE_EXTRA_CA_CERTS: sources.caFile,
  };
  return {
    appService: {
      ...local,
      AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      AZURE_CLIENT_ID: sources.clientId,
      IDENTITY_ENDPOINT: `${sources.managedIdentityUrl}/msi/token`,
      IDENTITY_HEADER: sources.managedIdentitySecret,
    },
    imds: {
      ...local,
      AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
      AZURE_CLIENT_ID: sources.clientId,
    },
    workloadIdentity: {
      ...authority,
      AZURE_TOKEN_CREDENTIALS: 'WorkloadIdentityCredential',
      AZURE_CLIENT_ID: sources.clientId,
      AZURE_FEDERATED_TOKEN_FILE: sources.federatedTokenFile,
    },
    clientSecret: {
      ...authority,
      AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential',
      AZURE_CLIENT_ID: sources.application.clientId,
      AZURE_CLIENT_SECRET: sources.application.secret,
    },
    clientCertificate: {
      ...authority,
      AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential',
      AZURE_CLIENT_ID: sources.application.clientId,
      AZURE_CLIENT_CERTIFICATE_PATH: sources.certificateFile,
    },
  };
}
