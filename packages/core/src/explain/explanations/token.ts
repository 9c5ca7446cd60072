import { pages } from '../pages.ts';
import { type ExplanationRow, type Situation, sentence } from './explanation-row.ts';

const own = ({ ownMessage }: Situation): string =>
  ownMessage === undefined ? '' : ` ${sentence(ownMessage)}`;
const identityOf = ({ connection }: Situation): string =>
  connection?.entra.clientId === undefined ? 'the identity' : `the client id ${connection.entra.clientId}`;

/** No token, or no secret: everything that happens before the database server is asked. Messages of @azure/identity and Entra. */
export const tokenRows: readonly ExplanationRow[] = [
  {
    code: 'clock-wrong',
    when: [
      { stage: 'token', message: /gave a token that expired at/ },
      { stage: 'token', message: /AADSTS(?:500133|500137)\b/ },
    ],
    title: 'This machine’s clock does not agree with Entra’s',
    why: 'A token just issued has already expired by this machine’s clock, or something this machine signed is not currently valid by Entra’s.',
    fix: ['Compare date -u with a clock you trust, and turn on time synchronisation (chrony, timesyncd).'],
    docs: pages.identity,
  },
  {
    code: 'federated-token-expired',
    when: [{ stage: 'token', message: /AADSTS700024\b/ }],
    title: 'The workload’s federated token is too old',
    why: 'The assertion that stands for this workload (a Kubernetes projected token, a GitHub Actions OIDC token) was valid for only a few minutes. The clock is seldom to blame.',
    fix: [
      'In a pipeline: get the database’s token early, or sign in again (azure/login) right before the step that needs it; for long jobs see docs/credentials.md.',
      'On Kubernetes: check that AZURE_FEDERATED_TOKEN_FILE is the projected file itself, which is rotated, and not a copy.',
    ],
    docs: pages.identity,
  },
  {
    code: 'client-secret-invalid',
    when: [{ stage: 'token', message: /AADSTS(?:7000215|7000222|700027)\b|invalid_client[\s\S]*secret/i }],
    title: 'Entra refuses the service principal’s secret or certificate',
    why: 'It is wrong, has expired, or the secret’s ID was copied instead of its value.',
    fix: [
      'Create a new secret (az ad app credential reset --id CLIENT_ID) and put it into AZURE_CLIENT_SECRET.',
      'Better: use a managed identity or workload identity, which have no secret to expire.',
    ],
    docs: pages.entraCodes,
  },
  {
    code: 'application-not-found',
    when: [{ stage: 'token', message: /AADSTS700016\b|unauthorized_client/ }],
    title: 'Entra does not know the application in this tenant',
    why: (s) =>
      `The tenant that was asked has no application with ${identityOf(s)}: a wrong client id, or the wrong tenant.`,
    fix: [
      'Check AZURE_CLIENT_ID (client_id) and AZURE_TENANT_ID (tenant_id) against az ad sp show --id CLIENT_ID.',
    ],
    docs: pages.entraCodes,
  },
  {
    code: 'tenant-not-found',
    when: [{ stage: 'token', message: /AADSTS(?:90002|900023|900021|50020|90072)\b|invalid_tenant/ }],
    title: 'Entra does not know the tenant, or this account is not in it',
    why: 'AZURE_TENANT_ID (tenant_id) is not a tenant of this cloud, or the account belongs to another tenant.',
    fix: [
      'Check the id: az account show --query tenantId. The server’s own is in the portal, under Authentication.',
      'The Azure CLI ignores AZURE_TENANT_ID: put tenant_id into the URL, or run az login --tenant TENANT.',
      'In a sovereign cloud set AZURE_AUTHORITY_HOST to that cloud’s sign-in service.',
    ],
    docs: pages.entraCodes,
  },
  {
    code: 'federation-failed',
    when: [
      {
        stage: 'token',
        message: /AADSTS(?:70021|70023|70025|700211|700212|700213|700222|700223|50013)\b/,
      },
      { stage: 'token', message: /WorkloadIdentityCredential: (?:is )?unavailable\.? .*(?:file|token)/i },
      { stage: 'token', message: /No content on the file |ENOENT: no such file[^']*'[^']*token/i },
      { stage: 'token', message: /WorkloadIdentityCredential: E(?:NOENT|ACCES)/ },
    ],
    title: 'Entra does not accept the workload’s federated token',
    why: 'No federated credential of the identity matches the token’s issuer, subject and audience, or the token’s file is missing.',
    fix: [
      'Compare with az identity federated-credential list --identity-name NAME --resource-group GROUP: the subject is system:serviceaccount:NAMESPACE:ACCOUNT.',
      'Check the pod’s label azure.workload.identity/use: "true" and the service account’s client id.',
    ],
    docs: pages.identity,
  },
  {
    code: 'scope-unknown',
    when: [
      {
        stage: 'token',
        message: /AADSTS(?:500011|70011|650057|1002012|100040)\b|invalid_scope|invalid_resource/,
      },
    ],
    title: 'Entra does not know what the token should be for',
    why: ({ connection }) =>
      `${connection === undefined ? 'The scope' : `The scope ${connection.entra.scope}`} does not exist in this tenant: a wrong setting, or that of another cloud.`,
    fix: [
      'Leave scope out: it follows from the host’s name. In the public cloud it is https://ossrdbms-aad.database.windows.net/.default.',
      'For a host of a sovereign cloud check AZURE_AUTHORITY_HOST.',
    ],
    docs: pages.entraCodes,
  },
  {
    code: 'conditional-access',
    when: [{ stage: 'token', message: /AADSTS(?:53000|53001|53002|53003|53004|530002|530003|530084)\b/ }],
    title: 'A Conditional Access policy of the tenant blocks the token',
    why: 'Entra knows the account but refuses it from here: this device, network or application, or for lack of a bound token. The database was not contacted.',
    fix: [
      'The sign-in logs (Entra admin center, Monitoring) name the policy that applied; its owner can exclude this workload or application.',
      'For a program use a managed or workload identity: policies for users do not apply to it.',
    ],
    docs: pages.entraCodes,
  },
  {
    code: 'interaction-required',
    when: [
      {
        stage: 'token',
        message: /AADSTS(?:50076|50079|50158|50173|65001|700082|70043|70044|700084)\b/,
      },
      { stage: 'token', message: /interaction_required|consent_required/ },
      { stage: 'token', name: ['AuthenticationRequiredError'] },
    ],
    title: 'Entra wants the user to sign in again',
    why: 'A policy of the tenant (multi-factor sign-in, Conditional Access) or an old session requires a person at a browser.',
    fix: [
      'On your own machine: az login --tenant TENANT --scope https://ossrdbms-aad.database.windows.net/.default',
      'For a program use a managed identity or service principal instead of a person’s account.',
    ],
    docs: pages.entraCodes,
  },
  {
    code: 'managed-identity-ambiguous',
    when: [
      { stage: 'token', message: /Multiple user[- ]assigned identities exist/i },
      { stage: 'token', message: /Unable to load the (?:proper|requested) Managed Identity/i },
    ],
    title: 'It is not clear which managed identity is meant',
    why: (s) =>
      `This resource has several user-assigned identities, or none that is ${identityOf(s)}: the identity endpoint does not choose.`,
    fix: [
      'Name one by its client id: client_id in the URL (or AZURE_CLIENT_ID), or managed_identity_resource_id.',
      'List them: az webapp identity show, az vm identity show, … The client id is not the object (principal) id.',
    ],
    docs: pages.managedIdentity,
  },
  {
    code: 'managed-identity-not-found',
    when: [
      {
        stage: 'token',
        message: /Identity not found|No (?:User Assigned or Delegated )?Managed Identity found/i,
      },
      { stage: 'token', message: /identity .{0,80}(?:has not been assigned|is not assigned)/i },
    ],
    title: 'This resource does not have the managed identity',
    why: (s) => `Azure’s identity endpoint answers, but does not have ${identityOf(s)} here.`,
    fix: [
      'Assign it to the resource (app, virtual machine, container app): az webapp identity assign, az vm identity assign, …',
      'For a user-assigned identity set AZURE_CLIENT_ID to its client id (not its object id); for the system-assigned one leave it out.',
    ],
    docs: pages.managedIdentity,
  },
  {
    code: 'token-service-untrusted',
    when: [
      {
        stage: 'token',
        message:
          /self-signed certificate|unable to (?:get|verify)\b.*\bcertificate|certificate has expired|CERT_HAS_EXPIRED|SELF_SIGNED_CERT|UNABLE_TO_(?:GET|VERIFY)/i,
      },
    ],
    title: 'Entra’s own certificate is not trusted',
    why: 'The connection to the sign-in service, not to the database, failed on its certificate: usually a corporate proxy that intercepts TLS.',
    fix: [
      'Give Node.js the proxy’s authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem (set before the process starts), or node --use-system-ca.',
    ],
    docs: pages.identity,
  },
  {
    code: 'token-service-busy',
    when: [
      { stage: 'token', status: (status) => status === 429 },
      {
        stage: 'token',
        message:
          /Status code: 429|too_many_requests|Too Many Requests|temporarily_unavailable|AADSTS(?:90033|50196)\b/i,
      },
    ],
    title: 'The identity service asks to slow down',
    why: 'It was asked for too many tokens. Tokens are cached and shared within a process; many processes, or one that restarts all the time, still add up.',
    fix: [
      'Wait a minute. Then look for processes that restart in a loop or fetch tokens without caching them.',
    ],
    docs: pages.identity,
  },
  {
    code: 'token-service-failing',
    when: [
      { stage: 'token', status: (status) => status >= 500 },
      { stage: 'token', message: /server_error|Status code: 5\d\d/ },
    ],
    title: 'The identity service answers with an error of its own',
    why: (s) => `It was reached and failed.${own(s)}`,
    fix: [
      'Try again; look at https://azure.status.microsoft if it lasts.',
      'In App Service or a container: restart the instance, whose local identity endpoint may be stuck.',
    ],
    docs: pages.identity,
  },
  {
    code: 'no-credential',
    when: [
      { stage: 'token', message: /EnvironmentCredential is unavailable|Please run 'az login'|az login/ },
      {
        stage: 'token',
        message: /(?:CLI|PowerShell) could not be found|could not be found\. Please visit https:\/\/aka\.ms/,
      },
    ],
    title: 'No credential gave an Entra token',
    why: 'Every way of signing in that this environment offers was tried, and none is set up: no managed identity, no service principal, nobody signed in with the Azure CLI.',
    fix: [
      'On your own machine: az login',
      'In Azure: turn on the resource’s managed identity.',
      'Elsewhere: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET (or AZURE_FEDERATED_TOKEN_FILE).',
      'If the server has passwords: put one into PGPASSWORD or the URL.',
    ],
    docs: pages.identity,
  },
  {
    code: 'token-service-silent',
    when: [
      { stage: 'token', message: /did not answer within/ },
      { stage: 'token', message: /Network unreachable|network_error|IMDS endpoint, but it is not available/ },
      {
        stage: 'token',
        message: /ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|socket hang up/,
      },
      {
        stage: 'token',
        code: ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH'],
      },
      { code: ['CONNECT_TIMEOUT'], message: /\btoken\b/i },
    ],
    title: 'The identity service does not answer',
    why: (s) =>
      `The database was not contacted yet: the token that serves as its password could not be fetched.${own(s)} A managed identity asks 169.254.169.254 or IDENTITY_ENDPOINT, everything else asks the sign-in service.`,
    fix: [
      'Outside Azure there is no managed identity: sign in with az login, or set AZURE_TOKEN_CREDENTIALS=dev to skip it.',
      'Inside Azure: check that neither a firewall, a proxy (set NO_PROXY=169.254.169.254) nor a network policy blocks the identity endpoint.',
    ],
    docs: pages.managedIdentity,
  },
  {
    code: 'token-unavailable',
    when: [{ stage: 'token' }],
    title: 'No Entra token could be obtained',
    why: (s) => `The credential failed before the database was contacted.${own(s)}`,
    fix: [
      ({ ownHint }) => ownHint ?? '',
      'azure-pg doctor shows which credentials were tried and what each one said.',
    ],
    docs: pages.identity,
  },
  {
    code: 'key-vault-forbidden',
    when: [
      { stage: 'secret', status: (status) => status === 401 || status === 403 },
      { stage: 'secret', message: /\b40[13]\b|Forbidden|Unauthorized|does not have secrets get permission/i },
    ],
    title: 'Key Vault does not let this identity read the secret',
    why: (s) => `The vault answered and refused.${own(s)}`,
    fix: [
      'Give the identity the role "Key Vault Secrets User" on the vault (it takes effect within 10 minutes).',
      'Check that the vault’s firewall lets this network in.',
    ],
    docs: pages.keyVault,
  },
  {
    code: 'key-vault-secret-not-found',
    when: [
      { stage: 'secret', status: (status) => status === 404 },
      { stage: 'secret', message: /\b404\b|SecretNotFound|was not found in this key vault/i },
    ],
    title: 'Key Vault has no such secret',
    why: (s) => `The vault answered, but the secret is not there, was deleted, or is disabled.${own(s)}`,
    fix: ['Check the secret’s URI: az keyvault secret list --vault-name VAULT --query "[].id".'],
    docs: pages.keyVault,
  },
  {
    code: 'key-vault-failed',
    when: [{ stage: 'secret' }],
    title: 'The password could not be read from Key Vault',
    why: (s) => `The database was not contacted yet.${own(s)}`,
    fix: [
      ({ ownHint }) => ownHint ?? '',
      'Check the vault’s name, and that it can be reached from this network.',
    ],
    docs: pages.keyVault,
  },
];
