import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Azure Key Vault as far as reading a secret goes: https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret */
export class VaultStandIn implements AsyncDisposable {
  readonly secrets: Map<string, string> = new Map<string, string>();
  /** What the challenge says a token must be for. */
  resource = 'https://vault.azure.net';
  status = 200;
  /** What it says with another status. */
  problem = '';
  /** Requests that came with a token. */
  reads = 0;
  /** Audiences of the tokens that came. */
  readonly audiences: Set<unknown> = new Set();
  readonly #server: Server;

  constructor(certificate: { cert: string; key: string }, tenantId: string) {
    this.#server = createServer(certificate, (request, response) => {
      const answer = (status: number, body: unknown, headers = {}): void => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers });
        response.end(JSON.stringify(body));
      };
      const [, token] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
      if (token === undefined) {
        const authorization = `https://login.microsoftonline.com/${tenantId}`;
        answer(
          401,
          { error: { code: 'Unauthorized', message: 'AKV10000: Request is missing a Bearer or PoP token.' } },
          { 'www-authenticate': `Bearer authorization="${authorization}", resource="${this.resource}"` },
        );
        return;
      }
      this.reads++;
      this.audiences.add(JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).aud);
      const [, name, version] = /^\/secrets\/([^/?]+)\/([^/?]*)/.exec(request.url ?? '') ?? [];
      const value = this.secrets.get(name ?? '');
      if (this.status !== 200) {
        answer(this.status, {
          error: {
            code: 'Forbidden',
            message: this.problem,
          },
        });
      } else if (value === undefined) {
        answer(404, {
          error: {
            code: 'SecretNotFound',
            message: `A secret with (name/id) ${name} was not found in this key vault.`,
          },
        });
      } else {
        const id = `${this.url}/secrets/${name}/${version || 'a1b2'}`;
        answer(200, { value, id, attributes: { enabled: true } });
      }
    });
  }

  async listen(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    return `https://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
