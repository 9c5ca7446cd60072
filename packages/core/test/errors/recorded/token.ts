import { noToken, ours, type RecordedError } from './make-error.ts';

const identity = 'ManagedIdentityCredential';

export const tokenErrors: readonly RecordedError[] = [
  {
    code: 'clock-wrong',
    from: 'core',
    error: noToken(`${identity} gave a token that expired at 2026-01-01T00:00:00.000Z`),
  },
  {
    code: 'clock-wrong',
    from: 'Entra',
    error: noToken('invalid_grant: AADSTS500133: Assertion is not within its valid time range.'),
  },
  {
    code: 'conditional-access',
    from: 'Entra',
    error: noToken(
      'interaction_required: AADSTS53003: Access has been blocked by Conditional Access policies.',
    ),
  },
  {
    code: 'managed-identity-ambiguous',
    from: 'IMDS',
    error: noToken(
      `${identity}: Authentication failed. Message invalid_request: Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request`,
    ),
  },
  {
    code: 'managed-identity-ambiguous',
    from: 'App Service',
    error: noToken(`${identity}: Authentication failed. Message Unable to load the proper Managed Identity.`),
  },
  {
    code: 'federated-token-expired',
    from: 'Entra',
    error: noToken('invalid_client: AADSTS700024: Client assertion is not within its valid time range.'),
  },
  {
    code: 'client-secret-invalid',
    from: 'Entra',
    error: noToken('invalid_client: Error(s): 7000215 AADSTS7000215: Invalid client secret provided.'),
  },
  {
    code: 'client-secret-invalid',
    from: 'Entra',
    error: noToken('invalid_client: AADSTS7000222: The provided client secret keys are expired.'),
  },
  {
    code: 'application-not-found',
    from: 'Entra',
    error: noToken(
      'unauthorized_client: AADSTS700016: Application with identifier X was not found in the directory',
    ),
  },
  {
    code: 'tenant-not-found',
    from: 'Entra',
    error: noToken("invalid_request: AADSTS90002: Tenant 'x' not found."),
  },
  {
    code: 'federation-failed',
    from: 'Entra',
    error: noToken(
      'invalid_client: AADSTS700213: No matching federated identity record found for presented assertion',
    ),
  },
  {
    code: 'scope-unknown',
    from: 'Entra',
    error: noToken(
      'invalid_resource: AADSTS500011: The resource principal named X was not found in the tenant',
    ),
  },
  {
    code: 'interaction-required',
    from: 'Entra',
    error: noToken(
      'invalid_grant: AADSTS50076: Due to a configuration change you must use multi-factor authentication',
    ),
  },
  {
    code: 'managed-identity-not-found',
    from: 'IMDS',
    error: noToken(`${identity}: Authentication failed. Message invalid_request: Identity not found`),
  },
  {
    code: 'token-service-untrusted',
    from: '@azure/identity',
    error: noToken('ClientSecretCredential: self-signed certificate in certificate chain', {
      code: 'SELF_SIGNED_CERT_IN_CHAIN',
    }),
  },
  { code: 'token-service-busy', from: '@azure/identity', error: noToken('too many', { statusCode: 429 }) },
  {
    code: 'token-service-failing',
    from: '@azure/identity',
    error: noToken('server_error', { statusCode: 500 }),
  },
  {
    code: 'no-credential',
    from: '@azure/identity',
    error: Object.assign(
      new Error(
        'ChainedTokenCredential authentication failed.\nCredentialUnavailableError: EnvironmentCredential is unavailable. No underlying credential could be used.\nCredentialUnavailableError: ManagedIdentityCredential: Authentication failed. Message Attempted to use the IMDS endpoint, but it is not available.',
      ),
      { name: 'AggregateAuthenticationError' },
    ),
  },
  {
    code: 'no-credential',
    from: '@azure/identity',
    error: noToken(
      "AzureCliCredential: Please run 'az login' from a command prompt to authenticate before using this credential.",
    ),
  },
  {
    code: 'token-service-silent',
    from: 'core',
    error: ours('TOKEN_UNAVAILABLE', `No Entra token for X: ${identity} did not answer within 4 seconds`),
  },
  {
    code: 'token-service-silent',
    from: '@azure/identity',
    error: noToken(`${identity}: Network unreachable. Message: Network request failed`, {
      code: 'ECONNREFUSED',
    }),
  },
  { code: 'token-unavailable', from: 'core', error: noToken('MyCredential: something of its own') },
  {
    code: 'token-unavailable',
    from: '@azure/identity',
    error: Object.assign(new Error('strange Status code: 400'), {
      name: 'AuthenticationError',
      errorResponse: {},
    }),
  },
  {
    code: 'key-vault-forbidden',
    from: 'core',
    error: ours(
      'KEY_VAULT',
      'The secret could not be read',
      Object.assign(new Error('no'), { statusCode: 403 }),
    ),
  },
  {
    code: 'key-vault-secret-not-found',
    from: 'core',
    error: ours(
      'KEY_VAULT',
      'The secret could not be read',
      Object.assign(new Error('no'), { statusCode: 404 }),
    ),
  },
  { code: 'key-vault-failed', from: 'core', error: ours('KEY_VAULT', 'The secret could not be read') },
];
