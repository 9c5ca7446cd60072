import type { KeyObject } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { decodeJwt, jwtVerify } from 'jose';
import type { Identity } from './directory.ts';
import { federatedAudience, federatedIssuer, federatedSubject } from './federated-token.ts';
import type { TokenIssuer } from './token-issuer.ts';
import { sendJson, type TokenFlow, type TokenRequests } from './token-requests.ts';

/** What the authority needs to know. */
export interface AuthorityOptions {
  readonly issuer: TokenIssuer;
  readonly requests: TokenRequests;
  /** `https://localhost:PORT`, known once it listens. */
  readonly origin: () => string;
  /** Verifies client certificates' assertions. */
  readonly clientCertificateKey: () => KeyObject;
}

// Entra allows for clocks that differ.
const clockTolerance = 60;

/** The Entra authority: OpenID discovery, keys and the version 2.0 token endpoint for client credentials. */
export function authorityEndpoint(options: AuthorityOptions): RequestListener {
  return (request, response) => {
    handle(options, request, response).catch(() => response.destroy());
  };
}

async function handle(
  options: AuthorityOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { issuer, requests, origin } = options;
  const url = new URL(request.url ?? '/', origin());
  const tenant = /^\/([^/]+)\//.exec(url.pathname)?.[1] ?? '';
  const rest = url.pathname.slice(tenant.length + 1);
  if (url.pathname === '/common/discovery/instance') {
    const authorizationEndpoint = url.searchParams.get('authorization_endpoint') ?? origin();
    const tenantUrl = authorizationEndpoint.replace(/\/oauth2\/.*$/, '');
    sendJson(response, 200, {
      tenant_discovery_endpoint: `${tenantUrl}/v2.0/.well-known/openid-configuration`,
      'api-version': '1.1',
      metadata: [{ preferred_network: url.host, preferred_cache: url.host, aliases: [url.host] }],
    });
    return;
  }
  if (rest === '/v2.0/.well-known/openid-configuration' || rest === '/.well-known/openid-configuration') {
    const base = `${origin()}/${tenant}`;
    sendJson(response, 200, {
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
      end_session_endpoint: `${base}/oauth2/v2.0/logout`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
      issuer: `${base}/v2.0`,
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt'],
      response_types_supported: ['code', 'id_token', 'token'],
      subject_types_supported: ['pairwise'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    });
    return;
  }
  if (rest === '/discovery/v2.0/keys' || rest === '/discovery/keys') {
    sendJson(response, 200, { keys: [issuer.key.jwk] });
    return;
  }
  if (rest !== '/oauth2/v2.0/token' || request.method !== 'POST') {
    sendJson(response, 404, { error: 'not_found', error_description: `There is no ${url.pathname}.` });
    return;
  }
  const form = new URLSearchParams(await readBody(request));
  const client = issuer.directory.find((identity) => identity.clientId === form.get('client_id'));
  const resource = form
    .get('scope')
    ?.split(' ')[0]
    ?.replace(/\/\.default$/, '');
  const flow = flowOf(form);
  await requests.answer(request, response, { flow, resource, identity: client?.name }, async () => {
    const refuse = (status: number, error: string, text: string) => ({
      status,
      body: { error, error_description: text, timestamp: new Date().toISOString() },
    });
    if (tenant !== issuer.directory.tenantId)
      return refuse(400, 'invalid_request', `AADSTS90002: Tenant '${tenant}' not found.`);
    if (form.get('grant_type') !== 'client_credentials') {
      return refuse(
        400,
        'unsupported_grant_type',
        'AADSTS70003: The emulator knows the grant client_credentials only.',
      );
    }
    if (client === undefined) {
      return refuse(400, 'unauthorized_client', 'AADSTS700016: Application was not found in the directory.');
    }
    if (!form.get('scope')?.includes('/.default') || !resource) {
      return refuse(400, 'invalid_scope', 'AADSTS1002012: The scope must end in /.default.');
    }
    const problem = await refusal(options, flow, client, form, `${origin()}/${tenant}/`);
    if (problem !== undefined) return refuse(401, 'invalid_client', problem);
    const { token, expiresIn } = await issuer.issue(client, { audience: resource });
    const body = {
      token_type: 'Bearer',
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: token,
    };
    return { status: 200, body };
  });
}

function flowOf(form: URLSearchParams): TokenFlow {
  if (form.has('client_secret')) return 'client-secret';
  const assertion = form.get('client_assertion');
  if (assertion === null) return 'other';
  try {
    return decodeJwt(assertion).iss === federatedIssuer ? 'workload-identity' : 'client-certificate';
  } catch {
    return 'other';
  }
}

/** Why a client is not who it says it is; undefined when it is. */
async function refusal(
  { issuer, clientCertificateKey }: AuthorityOptions,
  flow: TokenFlow,
  client: Identity,
  form: URLSearchParams,
  authority: string,
): Promise<string | undefined> {
  if (flow === 'client-secret') {
    return client.clientSecret !== undefined && form.get('client_secret') === client.clientSecret
      ? undefined
      : `AADSTS7000215: Invalid client secret provided for app '${client.clientId}'.`;
  }
  const assertion = form.get('client_assertion') ?? '';
  if (form.get('client_assertion_type') !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') {
    return "AADSTS7000218: The request body must contain 'client_assertion' or 'client_secret'.";
  }
  try {
    if (flow === 'workload-identity') {
      await jwtVerify(assertion, issuer.key.publicKey, {
        audience: federatedAudience,
        subject: federatedSubject(client),
      });
    } else {
      const { payload } = await jwtVerify(assertion, clientCertificateKey(), {
        issuer: client.clientId ?? '',
        subject: client.clientId ?? '',
        requiredClaims: ['exp', 'jti'],
        clockTolerance,
      });
      const audiences = [payload.aud].flat();
      if (!audiences.some((audience) => audience?.startsWith(authority)))
        return 'AADSTS50027: The audience is wrong.';
    }
    return undefined;
  } catch (error) {
    const expired = error instanceof Error && 'code' in error && error.code === 'ERR_JWT_EXPIRED';
    return expired
      ? 'AADSTS700024: Client assertion is not within its valid time range.'
      : 'AADSTS700027: Client assertion failed signature validation.';
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > 1_000_000) throw new Error('The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
