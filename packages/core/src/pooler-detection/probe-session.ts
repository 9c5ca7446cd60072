import type { ServerErrorFields } from '../errors/azure-pg-error.ts';
import type { Session, SessionResult } from '../open/session.ts';
import { bind, closeStatement, execute, parse } from '../wire/frontend-messages.ts';
import { refusalOf } from '../wire/server-refusal.ts';

/** What a round trip gave: rows in text form, or the error that ended it. */
export interface ProbeReply {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly error: ServerErrorFields | undefined;
}

/** A signed-in connection on which pooling is probed. One question at a time. */
export interface ProbeSession {
  /** The process id that the server announced with its cancel key (BackendKeyData). A pooler invents one. */
  readonly announcedPid: number | undefined;
  /** What the server announced as ParameterStatus. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Sends one simple query. Rejects when the connection is lost without a word. */
  query(sql: string): Promise<ProbeReply>;
  /** Parses `sql` under a name, runs it and closes the name again, all up to one Sync: within one transaction. */
  runNamed(name: string, sql: string): Promise<ProbeReply>;
  /** Says goodbye and resolves once the connection is closed. */
  close(): Promise<void>;
}

/** Probes on one of the core's own sessions. */
export function probeSession(session: Session): ProbeSession {
  const { socket } = session.transport;
  return {
    announcedPid: session.started.processId,
    parameters: session.parameters,
    query: (sql) => replyOf(session.query(sql).then(([result]) => result)),
    runNamed: (name, sql) =>
      replyOf(session.send(parse(sql, name), bind([], name), execute(), closeStatement(name))),
    async close() {
      await session.close();
      if (!socket.closed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
    },
  };
}

async function replyOf(asked: Promise<SessionResult | undefined>): Promise<ProbeReply> {
  try {
    return { rows: (await asked)?.rows ?? [], error: undefined };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal === undefined) throw error;
    return { rows: [], error: refusal.fields };
  }
}
