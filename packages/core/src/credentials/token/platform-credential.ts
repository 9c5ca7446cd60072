import type { IncomingMessage } from 'node:http';
import type { AccessToken, TokenCredential } from '../../connection/token-credential.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { PlatformIdentity, PlatformRequest } from './platform-identity.ts';
import { withoutSecrets } from './without-secrets.ts';

/** Largest answer in bytes; a token has a few thousand. */
const longestAnswer = 1_000_000;

/**
 * A platform's identity, asked without @azure/identity: one request, and nothing is loaded but Node's own HTTP. Where it fails in any way, the
 * library is asked, which tries again and knows more; its error is the one reported.
 */
export class PlatformCredential implements TokenCredential {
  readonly credentialName: string;
  readonly #identity: PlatformIdentity;
  readonly #library: () => Promise<TokenCredential>;

  /** @param library makes the credential of @azure/identity. */
  constructor(identity: PlatformIdentity, library: () => Promise<TokenCredential>) {
    this.credentialName = identity.credentialName;
    this.#identity = identity;
    this.#library = library;
  }

  async getToken(
    scopes: string | string[],
    options: { abortSignal?: AbortSignal } = {},
  ): Promise<AccessToken | null> {
    const { abortSignal } = options;
    try {
      const request = await this.#identity.request([scopes].flat()[0] ?? '');
      return tokenOf(await send(request, abortSignal));
    } catch (failure) {
      abortSignal?.throwIfAborted();
      // The library would fail on it as well, but not before the process has suffered.
      if (failure instanceof AzurePgError) throw failure;
      const library = await this.#library().catch((missing: unknown) => {
        throw this.#failed(failure, missing);
      });
      return library.getToken(scopes, options);
    }
  }

  #failed(failure: unknown, missing: unknown): unknown {
    if (!(missing instanceof AzurePgError)) return missing;
    const reason = withoutSecrets(failure instanceof Error ? failure.message : String(failure));
    return new AzurePgError(missing.code, `${this.credentialName}: ${reason}. ${missing.message}`, {
      hint: missing.hint,
      cause: missing.cause,
    });
  }
}

// An import reads every export, and with those of node:http loads all of undici. Node before 20.16 has nothing else; the names stand as they
// are, because bundlers cannot follow a variable.
const http = async () => process.getBuiltinModule?.('node:http') ?? (await import('node:http'));
const https = async () => process.getBuiltinModule?.('node:https') ?? (await import('node:https'));

async function send({ method, url, headers, body }: PlatformRequest, signal?: AbortSignal): Promise<unknown> {
  const { request } = url.startsWith('https:') ? await https() : await http();
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { method, headers, ...(signal && { signal }) }, resolve)
      // Who waits for the token keeps the process alive; the request does not, as nobody may want it any more.
      .on('socket', (socket) => socket.unref())
      .on('error', reject)
      .end(body);
  });
  let text = '';
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > longestAnswer) throw new Error('the answer has no end');
  }
  if (answer.statusCode !== 200) throw new Error(`HTTP ${answer.statusCode}: ${text}`);
  return JSON.parse(text);
}

/** The fields of both services: https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token */
function tokenOf(answer: unknown): AccessToken {
  const { access_token, expires_on, expires_in, refresh_in } = (answer ?? {}) as Record<string, unknown>;
  const now = Date.now();
  const lifetime =
    (expires_on === undefined ? undefined : timeOf(expires_on) - now) ?? Number(expires_in) * 1000;
  if (typeof access_token !== 'string' || access_token === '' || !(lifetime > 0)) {
    throw new Error('the answer has no token that lives');
  }
  // As @azure/identity: at half the life of a managed identity's long token, else when the issuer says.
  const advised = Number(refresh_in) * 1000;
  const refresh = advised > 0 ? advised : lifetime > 2 * 3_600_000 ? lifetime / 2 : undefined;
  return {
    token: access_token,
    expiresOnTimestamp: now + lifetime,
    ...(refresh === undefined ? {} : { refreshAfterTimestamp: now + refresh }),
  };
}

/** Seconds since 1970 as a number or a text, or an ISO 8601 date; in milliseconds. */
function timeOf(value: unknown): number {
  const seconds = Number(value);
  return Number.isFinite(seconds) ? seconds * 1000 : Date.parse(String(value));
}
