import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { TokenIssuer } from './token-issuer.ts';
import { sendJson, type TokenRequests } from './token-requests.ts';

/** What the endpoint needs to know. */
export interface ManagedIdentityOptions {
  readonly issuer: TokenIssuer;
  readonly requests: TokenRequests;
  /** Value that App Service's `X-IDENTITY-HEADER` must have. */
  readonly secret: string;
  /** A web page whose name was pointed at this machine sends its own name, which is none of these: it gets no token. */
  readonly hosts: readonly string[];
}

/**
 * Managed identity over plain http on loopback, as on Azure: App Service's `GET /msi/token` (2019-08-01) and the instance metadata service's
 * `GET /metadata/identity/oauth2/token` (2018-02-01).
 */
export function managedIdentityEndpoint(options: ManagedIdentityOptions): RequestListener {
  return (request, response) => {
    handle(options, request, response).catch(() => response.destroy());
  };
}

async function handle(
  { issuer, requests, secret, hosts }: ManagedIdentityOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const path = url.pathname.replace(/\/+$/, '');
  const flow =
    path === '/msi/token' ? 'app-service' : path === '/metadata/identity/oauth2/token' ? 'imds' : undefined;
  if (flow === undefined) {
    sendJson(response, 404, { error: 'not_found', error_description: `There is no ${url.pathname}.` });
    return;
  }
  if (!hosts.includes(new URL(`http://${request.headers.host}`).hostname)) {
    sendJson(response, 400, {
      error: 'invalid_request',
      error_description: 'The header Host names another machine.',
    });
    return;
  }
  // Also how @azure/identity asks whether there is such a service at all, so it is not a request for a token.
  if (flow === 'imds' && request.headers.metadata?.toString().toLowerCase() !== 'true') {
    sendJson(response, 400, {
      error: 'bad_request_102',
      error_description: 'Required metadata header not specified',
    });
    return;
  }
  const query = (...names: readonly string[]): string | undefined =>
    names.map((name) => url.searchParams.get(name)).find((value) => value) ?? undefined;
  const resource = query('resource');
  const clientId = query('client_id', 'clientid');
  const resourceId = query('mi_res_id', 'msi_res_id');
  const objectId = query('object_id', 'principal_id');
  const named = clientId ?? resourceId ?? objectId;
  const same = (a: string | undefined, b: string | undefined): boolean =>
    a?.toLowerCase() === b?.toLowerCase();
  const known =
    named === undefined
      ? issuer.directory.first
      : issuer.directory.find(
          (identity) =>
            identity.resourceId !== undefined &&
            (clientId === undefined || same(identity.clientId, clientId)) &&
            (resourceId === undefined || same(identity.resourceId, resourceId)) &&
            (objectId === undefined || same(identity.objectId, objectId)),
        );
  await requests.answer(request, response, { flow, resource, identity: known?.name }, async () => {
    const refuse = (status: number, error: string, text: string) => ({
      status,
      body: { error, error_description: text, statusCode: status, message: text },
    });
    if (request.method !== 'GET') return refuse(405, 'invalid_request', 'Only GET is allowed.');
    if (flow === 'app-service' && request.headers['x-identity-header'] !== secret) {
      return refuse(401, 'unauthorized', 'The header X-IDENTITY-HEADER does not match.');
    }
    if (url.searchParams.get('api-version') === null) {
      return refuse(400, 'invalid_request', "Required query variable 'api-version' is missing");
    }
    if (resource === undefined) {
      return refuse(400, 'invalid_request', "Required query variable 'resource' is missing");
    }
    if (known === undefined) return refuse(400, 'invalid_request', 'Identity not found');
    const { token, expiresOn, expiresIn } = await issuer.issue(known, { audience: resource });
    const body = {
      access_token: token,
      client_id: known.clientId,
      expires_on: String(expiresOn),
      ...(flow === 'imds' ? { expires_in: String(expiresIn), ext_expires_in: String(expiresIn) } : {}),
      resource,
      token_type: 'Bearer',
    };
    return { status: 200, body };
  });
}
