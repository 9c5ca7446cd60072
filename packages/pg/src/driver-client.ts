import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';

/** What a pool puts on its client so that it can be given back; closes the connection if called with an error. */
export type Release = (error?: unknown) => void;

/** What of pg's `Connection` is used here; its types leave most of it out. */
export interface StatementConnection {
  parse(query: { text?: string; name?: string }, more?: boolean): void;
  bind(config: { statement?: string }, more?: boolean): void;
  describe(message: { type: string; name?: string }, more?: boolean): void;
  close(message: { type: string; name?: string }, more?: boolean): void;
  /** Which names pg believes the server to know. */
  parsedStatements: Record<string, string>;
  /** The same for names that are on their way. Newer versions of pg have it. */
  submittedNamedStatements?: Record<string, string>;
}

/** A copy of pg: what is needed of it to make pools and clients. */
export type Driver = Pick<typeof pg, 'Client' | 'Pool' | 'DatabaseError' | 'defaults'>;

export type ConnectCallback = (error: Error | null, client?: unknown) => void;

/** What is used of pg's `Client`; its types leave most of it out. Every version from 8.11 on has it. */
export interface DriverClient extends EventEmitter {
  user: string | undefined;
  database: string | undefined;
  host: string;
  port: number;
  password: unknown;
  readonly connection: EventEmitter &
    StatementConnection & {
      stream: Socket;
      ssl: unknown;
      requestSsl(): void;
      startup(parameters: Record<string, string>): void;
      sync(): void;
    };
  readonly connectionParameters: {
    readonly query_timeout?: unknown;
    user?: string | undefined;
    database?: string | undefined;
    password?: unknown;
  };
  /** The query that runs; older versions have it as `activeQuery`, which newer ones warn of. */
  readonly _activeQuery?: DriverQuery | null;
  readonly activeQuery?: DriverQuery | null;
  /** Whether the server is known to wait for a query. */
  readyForQuery?: boolean;
  /** Whether it has been given a query; only then it says "drain". */
  readonly hasExecuted?: boolean;
  readonly _Promise: PromiseConstructor;
  /** Queries go out before the ones before them are answered. Newer versions have it. */
  readonly pipeline?: boolean;
  /** Queries that wait; older versions have them as `queryQueue`, which newer ones warn of. */
  readonly _queryQueue?: readonly DriverQuery[];
  readonly queryQueue?: readonly DriverQuery[];
  /** Those of a pipeline that were sent. */
  readonly _sentQueryQueue?: readonly DriverQuery[];
  _ending: boolean;
  _queryable: boolean;
  _ended: boolean;
  _errorAllQueries(error: Error): void;
  /** Put there by the pool that has lent the client. */
  release?: ((error?: unknown) => void) | undefined;
  connect(callback?: ConnectCallback): Promise<unknown> | undefined;
  query(config: unknown, values?: unknown, callback?: unknown): unknown;
  cancel(client: DriverClient, query: unknown): void;
  end(callback?: (error?: Error) => void): Promise<void> | undefined;
  getStartupConf(): Record<string, string>;
}

/** What is used of pg's `Query` and of what else can be given to `client.query()`. */
export interface DriverQuery {
  readonly text?: string | undefined;
  readonly name?: string | undefined;
  handleError(error: Error, connection: unknown): void;
}

/** The query whose answer is expected next. */
export const runningQuery = (client: DriverClient): DriverQuery | null | undefined =>
  '_activeQuery' in client ? client._activeQuery : client.activeQuery;

const waitingQueries = (client: DriverClient): readonly DriverQuery[] =>
  ('_queryQueue' in client ? client._queryQueue : client.queryQueue) ?? [];

/** The queries behind that one. */
export const queuedQueries = (client: DriverClient): readonly DriverQuery[] => [
  ...(client._sentQueryQueue ?? []),
  ...waitingQueries(client),
];

/** Whether there are any behind it. */
export const hasQueuedQueries = (client: DriverClient): boolean =>
  waitingQueries(client).length > 0 || (client._sentQueryQueue ?? []).length > 0;
