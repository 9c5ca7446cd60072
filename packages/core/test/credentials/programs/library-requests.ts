// Prints the requests by which @azure/identity asks for a token, with the settings of the first argument and this process's environment. Nothing leaves.
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { Readable, Writable } from 'node:stream';
import type { AzureIdentitySettings } from '../../../src/credentials/token/azure-identity-settings.ts';

const asked: { method: string; url: string; headers: Record<string, string>; body: string }[] = [];

/** Answers every request with a token, but a look for IMDS (without its header) as IMDS does. */
const fake =
  (protocol: string) =>
  (options: RequestOptions, respond: (answer: IncomingMessage) => void): ClientRequest => {
    const headers = Object.fromEntries(
      Object.entries(options.headers as Record<string, string>).map(([name, value]) => [
        name.toLowerCase(),
        value,
      ]),
    );
    const port = options.port ? `:${options.port}` : '';
    const url = `${protocol}//${options.hostname}${port}${options.path}`;
    let body = '';
    const request = new Writable({
      write(chunk: Buffer, _, done) {
        body += chunk.toString();
        done();
      },
      final(done) {
        asked.push({ method: options.method ?? 'GET', url, headers, body });
        const looks = url.includes('/metadata/') && headers.metadata === undefined;
        const now = Math.floor(Date.now() / 1000);
        const answer = looks
          ? { error: 'bad_request_102' }
          : { access_token: 't', expires_in: 3600, expires_on: `${now + 3600}`, token_type: 'Bearer' };
        const stream = Readable.from([Buffer.from(JSON.stringify(answer))]);
        respond(
          Object.assign(stream, {
            statusCode: looks ? 400 : 200,
            headers: { 'content-type': 'application/json' },
          }) as unknown as IncomingMessage,
        );
        done();
      },
    });
    return Object.assign(request, { setTimeout() {}, abort() {} }) as unknown as ClientRequest;
  };
Object.assign(http, { request: fake('http:') });
Object.assign(https, { request: fake('https:') });
syncBuiltinESMExports();

const { makeAzureCredential } = await import('../../../src/credentials/token/azure-credential.ts');
const settings = JSON.parse(process.argv[2] ?? '{}') as AzureIdentitySettings;
let gave = false;
try {
  const credential = await makeAzureCredential({ ...settings, azureIdentity: 'always' });
  gave = (await credential.getToken('https://ossrdbms-aad.database.windows.net/.default')) !== null;
} catch {
  // Then there is no token; what was asked is still told.
}
console.log(JSON.stringify({ asked, gave }));
process.exit(0);
