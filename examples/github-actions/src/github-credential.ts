import { ClientAssertionCredential } from '@azure/identity';

/**
 * A credential for a job of GitHub Actions (`permissions: id-token: write`). Each token is asked for with a new assertion, which GitHub gives during
 * the whole job: one that was kept from the job's beginning, as azure/login keeps it, is too old after some minutes (AADSTS700024).
 */
export function githubCredential(): ClientAssertionCredential {
  const { AZURE_TENANT_ID: tenant = '', AZURE_CLIENT_ID: client = '', AZURE_AUTHORITY_HOST } = process.env;
  return new ClientAssertionCredential(tenant, client, githubToken, {
    // Only for a sign-in service that is not Azure's: the emulator's.
    disableInstanceDiscovery: AZURE_AUTHORITY_HOST !== undefined,
  });
}

/** https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token */
async function githubToken(): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env;
  const answer = await fetch(`${url}&audience=api://AzureADTokenExchange`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`GitHub gave no OIDC token: HTTP ${answer.status}`);
  return ((await answer.json()) as { value: string }).value;
}
