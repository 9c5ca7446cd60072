import type { Conceal } from '../connection/conceal.ts';
import type { SignIn } from '../credentials/sign-in-source.ts';
import type { AzurePgError } from '../errors/azure-pg-error.ts';
import type { Transport } from '../tls/open-transport.ts';
import { columnNames, rowValues, violation } from '../wire/backend-messages.ts';
import * as frontend from '../wire/frontend-messages.ts';
import type { MessageStream } from '../wire/message-stream.ts';
import { serverRefused } from '../wire/server-refusal.ts';
import type { StartedSession } from './start-session.ts';

/** What one statement gave; all values are texts, as the server writes them. */
export interface SessionResult {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** The command's tag: "SELECT 1"; undefined for an empty query. */
  readonly command: string | undefined;
}

/** Bytes of one message. */
const messageLimit = 16_000_000;
/** What all that answers one request may take in memory, in bytes: a hundred thousand types of a large database do. */
const resultLimit = 32_000_000;
/** What a message and a value take at least, however short they are. */
const messageCost = 150;
const valueCost = 20;
const readyForQueryLength = 6;
/** ParameterStatus messages: a server has some fifteen parameters to report. */
const reportLimit = 1000;

/**
 * A session that the core itself uses, for what it must ask a server: one caller at a time, small results, everything as text. Not a
 * driver. An error of the server is an AzurePgError `SERVER_REFUSED` with `serverError`, and the session goes on after it.
 */
export class Session implements AsyncDisposable {
  readonly transport: Transport;
  readonly started: StartedSession;
  readonly user: string;
  readonly stream: MessageStream;
  readonly #reported: Buffer[] = [];
  readonly #password: string | undefined;
  readonly #conceal: Conceal;
  #closed = false;

  constructor(
    transport: Transport,
    stream: MessageStream,
    started: StartedSession,
    signIn: SignIn,
    conceal: Conceal,
  ) {
    this.transport = transport;
    this.stream = stream;
    this.started = started;
    this.user = signIn.user;
    this.#password = signIn.password;
    this.#conceal = conceal;
  }

  /** Who signed in, and with what. */
  signIn(): SignIn {
    return { user: this.user, password: this.#password };
  }

  /** ParameterStatus values: server_version and the like. */
  get parameters(): Readonly<Record<string, string>> {
    return this.started.parameters;
  }

  /**
   * What a driver has to hear before its first query: the server's greeting, with the parameters (ParameterStatus) that it reported while the
   * core asked its questions.
   */
  get greeting(): Buffer {
    const { greeting } = this.started;
    const ready = greeting.length - readyForQueryLength;
    return Buffer.concat([greeting.subarray(0, ready), ...this.#reported, greeting.subarray(ready)]);
  }

  /** One or more statements in a simple query; the results in their order. */
  async query(sql: string): Promise<readonly SessionResult[]> {
    this.stream.write(frontend.query(sql));
    return this.untilReady();
  }

  /** One statement with parameters, through the extended protocol; `name` prepares it under that name. */
  async execute(sql: string, values: readonly (string | null)[] = [], name = ''): Promise<SessionResult> {
    return this.send(
      frontend.parse(sql, name),
      frontend.bind(values, name),
      frontend.describe('P'),
      frontend.execute(),
    );
  }

  /** Extended-protocol messages of one's own; a Sync is added. */
  async send(...messages: readonly Buffer[]): Promise<SessionResult> {
    this.stream.write(Buffer.concat([...messages, frontend.sync()]));
    const results = await this.untilReady();
    return results[0] ?? { columns: [], rows: [], command: undefined };
  }

  private async untilReady(): Promise<readonly SessionResult[]> {
    const results: SessionResult[] = [];
    let columns: string[] = [];
    let rows: (string | null)[][] = [];
    let failure: AzurePgError | undefined;
    let cost = 0;
    const pay = (bytes: number): void => {
      cost += bytes;
      if (cost > resultLimit) throw violation('an answer without an end');
    };
    for (;;) {
      const message = await this.stream.next(messageLimit).catch((error: unknown) => {
        // A server that says why and closes.
        throw failure ?? error;
      });
      pay(message.bytes.length + messageCost);
      switch (message.type) {
        case 'T':
          columns = columnNames(message.body);
          break;
        case 'D': {
          const values = rowValues(message.body);
          pay(values.length * valueCost);
          rows.push(values);
          break;
        }
        case 'C':
        case 'I':
          results.push({
            columns,
            rows,
            command:
              message.type === 'C' ? message.body.toString('utf8', 0, message.body.length - 1) : undefined,
          });
          columns = [];
          rows = [];
          break;
        case 'E':
          failure ??= serverRefused(message, true, this.#conceal);
          break;
        case 'Z':
          if (failure !== undefined) throw failure;
          return results;
        case '1':
        case '2':
        case '3':
        case 'n':
        case 't':
        case 's':
        case 'N':
        case 'A':
          break;
        case 'S':
          this.#reported.push(Buffer.from(message.bytes));
          if (this.#reported.length > reportLimit) throw violation('parameters without an end');
          break;
        default:
          throw violation(`a message of type "${message.type}" in answer to a query`);
      }
    }
  }

  /** Says goodbye and closes the socket. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { socket } = this.transport;
    await this.stream.release();
    if (socket.destroyed) return;
    // Whatever still comes no longer matters.
    socket.resume();
    socket.end(frontend.terminate());
    const timer = setTimeout(() => socket.destroy(), 1000).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  /** Ends the session. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
