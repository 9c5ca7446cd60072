/** A query of the driver's, as far as it is used here. */
export interface Query {
  /** The parts of its text between the arguments. */
  strings: readonly string[];
  args: readonly unknown[];
  /** Of a template: its arguments may be fragments of it. */
  readonly tagged: boolean;
  /** Where it stands in the program. */
  readonly origin: string;
  options: {
    simple?: boolean;
    prepare?: boolean;
    /** It takes a connection for a reservation, which may have been asked for before `end`. */
    reserves?: boolean;
    /** Called with the connection that executes the query; anything but true keeps others from being sent there until that is answered. */
    onexecute?: (connection: DriverConnection) => unknown;
  };
  /** Called when the query is to be sent; all queries of a scope have the same. */
  handler: Send;
  /** Called to cancel it; all queries of a scope have the same. */
  canceller: Cancel | null;
  /** Of the connection that it was given to; null until then. Each connection object of the driver has one, and changes it when it reconnects. */
  readonly state: Backend | null;
  /** As they were written for the server; made of `args` where there are none. */
  parameters?: unknown[] | null;
  /** How it is sent; null until then. */
  statement: { readonly string: string; readonly types: readonly number[]; readonly name: string } | null;
  /** Its arguments wait until the server has said what types they are. */
  describeFirst?: boolean | number;
  /** The connection has the statement from before. */
  readonly prepared?: boolean;
  /** The error for which it is being sent again. */
  retried?: unknown;
  /** It is the one that the server is working on. */
  active: boolean;
  cursorFn?: (rows: unknown[]) => unknown;
  cancel(): void;
  resolve(answer: unknown): void;
  reject(reason: unknown): void;
  cursor(this: Query, ...values: never[]): unknown;
}

export type Send = ((query: Query) => void) & { debug?: unknown };
export type Cancel = (query: Query) => Promise<void>;

/** What the driver knows a connection by: the process id and the secret of its BackendKeyData. */
export interface Backend {
  readonly pid: number | null;
  readonly secret: number | null;
}

/** The object in which the driver makes one connection after the other, as the option `onexecute` of a query is given it. */
export interface DriverConnection {
  /** Executes it; false when nothing more may be sent until it is answered. */
  execute(query: Query): unknown;
  /** Closes the connection after what it has been given; it gets nothing more. */
  end(): unknown;
  /** Started by the driver whenever the connection has nothing to do any more, and cancelled when it has. */
  idleTimer?: { start(): void; cancel(): void };
  /** Called by the driver when the connection is ready and belongs to somebody; `release` keeps it theirs when no transaction is open. */
  reserved: ((() => void) & { release?: boolean }) | null;
}

export const isQuery = (made: unknown): made is Query =>
  typeof made === 'object' && made !== null && typeof (made as Partial<Query>).handler === 'function';
