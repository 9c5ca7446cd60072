import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';
import type { StatementConnection } from './unnamed-statements.ts';

/** A copy of pg: what is needed of it to make clients. */
export type Driver = Pick<typeof pg, 'Client' | 'DatabaseError'>;

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
    };
  readonly connectionParameters: {
    user?: string | undefined;
    database?: string | undefined;
    password?: unknown;
  };
  /** The query that runs; older versions have it as `activeQuery`, which younger ones warn of. */
  readonly _activeQuery?: unknown;
  readonly activeQuery?: unknown;
  readonly _Promise: PromiseConstructor;
  /** Queries go out before the ones before them are answered. Younger versions have it. */
  readonly pipeline?: boolean;
  readonly _queryQueue: readonly unknown[];
  _ending: boolean;
  _queryable: boolean;
  _ended: boolean;
  _errorAllQueries(error: Error): void;
  /** Put there by the pool that has lent the client. */
  readonly release?: unknown;
  connect(callback?: ConnectCallback): Promise<unknown> | undefined;
  query(config: unknown, values?: unknown, callback?: unknown): unknown;
  cancel(client: DriverClient, query: unknown): void;
  end(callback?: (error?: Error) => void): Promise<void> | undefined;
  getStartupConf(): Record<string, string>;
}
