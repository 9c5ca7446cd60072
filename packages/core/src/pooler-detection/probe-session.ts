import type { Socket } from 'node:net';
import type { Conceal } from '../connection/conceal.ts';
import type { ServerErrorFields } from '../errors/azure-pg-error.ts';
import { backendKey, errorFields, rowValues, texts, violation } from '../wire/backend-messages.ts';
import {
  bind,
  closeStatement,
  execute,
  parse,
  query,
  startupMessage,
  sync,
  terminate,
} from '../wire/frontend-messages.ts';
import { MessageStream } from '../wire/message-stream.ts';
import { concealed } from '../wire/server-refusal.ts';

/** What a round trip gave: rows in text form, and the error that ended it. */
export interface ProbeReply {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly error: ServerErrorFields | undefined;
}

/** A signed-in connection on which pooling is probed. One question at a time. */
export interface ProbeSession {
  /** The process id that the server announced with its cancel key (BackendKeyData). A pooler invents one. */
  readonly announcedPid: number | undefined;
  /** What the server announced as ParameterStatus. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Sends one simple query. Rejects when the connection is lost without a word. */
  query(sql: string): Promise<ProbeReply>;
  /** Parses `sql` under a name, runs it and closes the name again, all up to one Sync: within one transaction. */
  runNamed(name: string, sql: string): Promise<ProbeReply>;
  /** Says goodbye and resolves once the connection is closed. */
  close(): Promise<void>;
}

/** Bytes of one reply: those to probes are a few short rows. */
const longestReply = 1_000_000;
/** Milliseconds that a server has to close a connection after Terminate. */
const goodbye = 1000;

/**
 * Speaks over a socket as `openConnection` hands it to a driver, who begins with a StartupMessage.
 *
 * @param conceal hides in the server's errors what it was told.
 */
export async function startProbeSession(
  socket: Socket,
  user: string,
  conceal: Conceal,
): Promise<ProbeSession> {
  // The waiter for an answer reports what goes wrong.
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const stream = new MessageStream(socket);
  const parameters = new Map<string, string>();
  let announcedPid: number | undefined;

  const ask = async (...messages: readonly Buffer[]): Promise<ProbeReply> => {
    const rows: (string | null)[][] = [];
    let error: ServerErrorFields | undefined;
    let length = 0;
    stream.write(Buffer.concat(messages));
    for (;;) {
      const { type, body } = await stream.next(longestReply).catch((lost: unknown) => {
        // FATAL errors come without ReadyForQuery.
        if (error === undefined) throw lost;
        return { type: 'Z', body: Buffer.alloc(0) };
      });
      length += body.length + 5;
      if (length > longestReply) throw violation('an answer without an end');
      if (type === 'D') rows.push(rowValues(body));
      else if (type === 'E') error ??= concealed(errorFields(body), conceal);
      else if (type === 'K') announcedPid = backendKey(body).processId;
      else if (type === 'Z') return { rows, error };
      else if (type === 'S') {
        const [name = '', value = ''] = texts(body);
        parameters.set(name, value);
      }
    }
  };

  await ask(startupMessage({ user }));
  return {
    announcedPid,
    parameters,
    query: (sql) => ask(query(sql)),
    runNamed: (name, sql) => ask(parse(sql, name), bind([], name), execute(), closeStatement(name), sync()),
    close() {
      if (!socket.destroyed && !socket.writableEnded) {
        socket.end(terminate());
        // Only a reader that reads up to it sees the end of the connection.
        void stream.release().then(() => socket.resume());
        setTimeout(() => socket.destroy(), goodbye).unref();
      }
      return closed;
    },
  };
}
