import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { clouds, publicCloud } from '../../azure/clouds.ts';
import { isCanonicalGuid } from '../../azure/guid.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { AzureIdentitySettings } from './azure-identity-settings.ts';

/** A request that is answered with a token. */
export interface PlatformRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An identity whose token the platform gives for one request. */
export interface PlatformIdentity {
  /** As @azure/identity calls it. */
  readonly credentialName: 'ManagedIdentityCredential' | 'WorkloadIdentityCredential';
  /** @throws what reading the file of a federated token throws; AzurePgError where @azure/identity should not read it either. */
  request(scope: string): Promise<PlatformRequest>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const form = { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' };
/** Variables that change how, or by which way, @azure/identity asks. */
const others = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'],
  ...['AZURE_REGIONAL_AUTHORITY_NAME', 'MSI_ENDPOINT', 'MSI_SECRET', 'IMDS_ENDPOINT'],
  'IDENTITY_SERVER_THUMBPRINT',
];
/** Bytes of a federated token's file at most. */
const longestAssertion = 1_000_000;
/** Azure Arc's agent. */
const arcAgent = '/opt/azcmagent/bin/himds';

/**
 * The identity at which DefaultAzureCredential's chain would end, where it is one that the platform gives: a workload identity (Kubernetes),
 * App Service's, Functions' and Container Apps' managed identity, or, where AZURE_TOKEN_CREDENTIALS asks for nothing else, a virtual
 * machine's. undefined wherever that is not certain from the variables alone. The requests are @azure/identity's own, but for what it says
 * about itself; tests hold them against it.
 *
 * @param settings without a client secret, and without an identity that contradicts the environment's.
 */
export function platformIdentity(
  settings: AzureIdentitySettings,
  env: Environment,
): PlatformIdentity | undefined {
  if (others.some((name) => env[name] !== undefined)) return undefined;
  const asked = env.AZURE_TOKEN_CREDENTIALS ? env.AZURE_TOKEN_CREDENTIALS.trim().toLowerCase() : 'prod';
  if (!['prod', 'workloadidentitycredential', 'managedidentitycredential'].includes(asked)) return undefined;
  if (asked === 'prod' && hasOwnSecret(env)) return undefined;
  const authority = settings.authorityHost ?? env.AZURE_AUTHORITY_HOST;
  // The library refuses it in any case.
  if (authority !== undefined && !authority.startsWith('https:')) return undefined;
  const clientId = settings.clientId ?? env.AZURE_CLIENT_ID;
  const federated = Boolean(env.AZURE_FEDERATED_TOKEN_FILE);
  if (federated && asked !== 'managedidentitycredential')
    return workloadIdentity(settings, env, clientId, authority);
  // Managed identity means a federated token as well, where there is one.
  if (federated || asked === 'workloadidentitycredential') return undefined;
  const { managedIdentityResourceId: resourceId } = settings;
  return (
    appService(env, clientId, resourceId) ??
    (asked === 'managedidentitycredential' ? virtualMachine(env, clientId, resourceId) : undefined)
  );
}

/** Whether the environment has credentials of its own: EnvironmentCredential comes first in the chain. */
export function hasOwnSecret(env: Environment): boolean {
  return Boolean(env.AZURE_CLIENT_SECRET || env.AZURE_CLIENT_CERTIFICATE_PATH || env.AZURE_USERNAME);
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential */
function workloadIdentity(
  settings: AzureIdentitySettings,
  env: Environment,
  clientId: string | undefined,
  authority: string = publicCloud.authorityHost,
): PlatformIdentity | undefined {
  const file = env.AZURE_FEDERATED_TOKEN_FILE;
  const tenantId = settings.tenantId ?? env.AZURE_TENANT_ID;
  // Of another sign-in service its own documents say where tokens are.
  const known = clouds.find(({ authorityHost }) => authorityHost === authority.replace(/\/$/, ''));
  const single = tenantId !== undefined && isCanonicalGuid(tenantId);
  if (!file || !clientId || !single || known === undefined) return undefined;
  return {
    credentialName: 'WorkloadIdentityCredential',
    async request(scope) {
      const assertion = await readAssertion(file);
      const body = new URLSearchParams({
        client_id: clientId,
        scope,
        grant_type: 'client_credentials',
        client_assertion: assertion,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      });
      const url = `${known.tokenHost ?? known.authorityHost}/${tenantId}/oauth2/v2.0/token`;
      return { method: 'POST', url, headers: form, body: body.toString() };
    },
  };
}

async function readAssertion(file: string): Promise<string> {
  const status = await stat(file);
  // A pipe would hold one of the process's few threads for files until somebody writes, and a device might never end.
  if ((!status.isFile() && !status.isDirectory()) || status.size > longestAssertion) {
    throw new AzurePgError('TOKEN_UNAVAILABLE', `${file} is no plain file that can hold a token`, {
      hint: 'AZURE_FEDERATED_TOKEN_FILE names the file with the federated token; it is a few thousand bytes long.',
    });
  }
  const assertion = (await readFile(file, 'utf8')).trim();
  if (assertion === '') throw new Error(`the file ${file} is empty`);
  return assertion;
}

/** https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference */
function appService(
  { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: header }: Environment,
  clientId: string | undefined,
  resourceId: string | undefined,
): PlatformIdentity | undefined {
  if (!endpoint || !header || !/^https?:\/\/[\w.:-]+\/[\w./-]*$/.test(endpoint)) return undefined;
  const which = resourceId ? { mi_res_id: resourceId } : clientId ? { client_id: clientId } : {};
  return managedIdentity((resource) => ({
    url: withQuery(endpoint, { 'api-version': '2019-08-01', resource, ...which }),
    headers: { 'x-identity-header': header, ...form },
  }));
}

/** https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#get-a-token-using-http */
function virtualMachine(
  env: Environment,
  clientId: string | undefined,
  resourceId: string | undefined,
): PlatformIdentity | undefined {
  const { AZURE_POD_IDENTITY_AUTHORITY_HOST: own, IDENTITY_ENDPOINT, IDENTITY_HEADER } = env;
  if (IDENTITY_ENDPOINT !== undefined || IDENTITY_HEADER !== undefined || existsSync(arcAgent)) {
    return undefined;
  }
  if (own && !/^https?:\/\/[\w.:-]+$/.test(own)) return undefined;
  const which = resourceId ? { msi_res_id: resourceId } : clientId ? { client_id: clientId } : {};
  const path = '/metadata/identity/oauth2/token';
  // MSAL ends a host of one's own with a slash.
  const endpoint = own ? `${own}${path}/` : `http://169.254.169.254${path}`;
  return managedIdentity((resource) => ({
    url: withQuery(endpoint, { 'api-version': '2018-02-01', resource, ...which }),
    headers: { metadata: 'true', ...form },
  }));
}

function managedIdentity(request: (resource: string) => Omit<PlatformRequest, 'method'>): PlatformIdentity {
  return {
    credentialName: 'ManagedIdentityCredential',
    request: async (scope) => ({ method: 'GET', ...request(scope.replace(/\/\.default$/, '')) }),
  };
}

const withQuery = (endpoint: string, parameters: Readonly<Record<string, string>>): string =>
  `${endpoint}?${Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')}`;
