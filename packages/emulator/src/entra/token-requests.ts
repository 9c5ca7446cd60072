import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** How a request for a token was made. */
export type TokenFlow =
  | 'app-service'
  | 'imds'
  | 'client-secret'
  | 'client-certificate'
  | 'workload-identity'
  | 'other';

/** One request for a token, as the log keeps it. No secret is in it. */
export interface TokenRequest {
  readonly at: Date;
  readonly flow: TokenFlow;
  /** The resource or scope that was asked for. */
  readonly resource: string | undefined;
  /** Display name of the identity, when the request named a known one. */
  readonly identity: string | undefined;
  /** HTTP status of the answer; undefined while it is open, or when there was none. */
  readonly status: number | undefined;
}

/** Ways in which getting a token can go wrong: `silent` never answers, `reset` breaks the connection, `refusal` says what it is told to. */
export type TokenFailure = 'slow' | '429' | '500' | 'reset' | 'silent' | 'refusal';

/** Details of a failure. */
export interface TokenFailureOptions {
  /** So many requests fail, then all is well again. Default: all of them. */
  readonly times?: number;
  /** Seconds in the header `Retry-After` of a 429. Default: 1. */
  readonly retryAfter?: number;
  /** What a `refusal` says: the fields `error` and `error_description` of an answer with this status. */
  readonly refusal?: { readonly status: number; readonly error: string; readonly description: string };
  /** Milliseconds that `slow` waits before it answers properly. Default: 2000. */
  readonly delay?: number;
}

/** The switch for failures and the log of requests, shared by all token endpoints. */
export class TokenRequests {
  readonly log: TokenRequest[] = [];
  #failure: { mode: TokenFailure; left: number; options: TokenFailureOptions } | undefined;
  readonly #closing = new AbortController();

  /** Lets requests for tokens fail from now on; without a mode they work again. */
  fail(mode: TokenFailure | undefined, options: TokenFailureOptions = {}): void {
    this.#failure =
      mode === undefined ? undefined : { mode, left: options.times ?? Number.POSITIVE_INFINITY, options };
  }

  /** Ends waits. */
  close(): void {
    this.#closing.abort();
  }

  /** Logs a request and answers it, properly or with the failure that is switched on. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    entry: Omit<TokenRequest, 'at' | 'status'>,
    proper: () => Promise<{ status: number; body: unknown }>,
  ): Promise<void> {
    const record = { at: new Date(), ...entry, status: undefined as number | undefined };
    this.log.push(record);
    const reply = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      record.status = status;
      sendJson(response, status, body, headers);
    };
    const failure = this.#failure;
    if (failure !== undefined && failure.left > 0) {
      failure.left -= 1;
      const { mode, options } = failure;
      if (mode === 'silent') return;
      if (mode === 'reset') {
        request.socket.destroy();
        return;
      }
      if (mode === '429') {
        const retryAfter = String(options.retryAfter ?? 1);
        reply(
          429,
          { error: 'too_many_requests', error_description: 'Throttled.' },
          { 'retry-after': retryAfter },
        );
        return;
      }
      if (mode === 'refusal') {
        const { status = 400, error = 'invalid_request', description = 'Refused.' } = options.refusal ?? {};
        // Entra's field, and App Service's.
        reply(status, { error, error_description: description, message: description, statusCode: status });
        return;
      }
      if (mode === '500') {
        reply(500, { error: 'server_error', error_description: 'Something went wrong.' });
        return;
      }
      await delay(options.delay ?? 2000, undefined, { signal: this.#closing.signal });
    }
    const { status, body } = await proper();
    reply(status, body);
  }
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(JSON.stringify(body));
}
