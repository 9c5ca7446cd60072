export type Row = Record<string, unknown>;

/** Runs one statement with `$1`, `$2`, … and gives its rows as objects. */
export type Query = (sql: string, parameters?: readonly unknown[]) => Promise<Row[]>;

/** Of `runTransaction`: as `@azure-pg/core/adapter` has them. */
export interface TransactionOptions {
  readonly retry?: boolean;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  readonly isolationLevel?: 'read committed' | 'repeatable read' | 'serializable';
}

/** One open pool, client or ORM instance, adapted to the shape that the contract expects. */
export interface ContractClient {
  readonly query: Query;
  /** Runs `work` in an interactive transaction: commits when it resolves, rolls back and rejects with its error when it rejects. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** The adapter's `runTransaction`. */
  runTransaction?<T>(work: (query: Query) => Promise<T>, options: TransactionOptions): Promise<T>;
  /** Runs `work` on one connection that nobody else gets until it has settled. Absent: the driver cannot. */
  reserve?<T>(work: (query: Query) => Promise<T>): Promise<T>;
  /** Runs a statement that can be aborted by the driver's own means. Absent: the driver has none. */
  abortable?(sql: string): { readonly answer: Promise<Row[]>; abort(): void };
  /** Ends everything. Afterwards nothing may keep the process alive. */
  end(): Promise<void>;
  /** The driver's or ORM's own object, which is inspected for secrets. */
  readonly raw?: unknown;
}

/** How the contract asks an adapter to open a client. */
export interface OpenInput {
  /** Undefined: the options or, without any, the environment say where to connect. */
  readonly url: string | undefined;
  /** Our options (credential, sslmode, user, …) by the names of core's ConnectionOptions, to be passed on as they are. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The most connections that the pool may open; undefined: the default. */
  readonly max: number | undefined;
}

/** A server for the bare driver: TLS with this authority's certificate, and a password. */
export interface PlainServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** PEM. */
  readonly ca: string;
}

/** What a package gives to be held to the contract; the default export of its own module. */
export interface ContractAdapter {
  open(input: OpenInput): ContractClient | Promise<ContractClient>;
  /** The same through the driver or ORM without this library: values and errors are compared with it. */
  openBare?(server: PlainServer): ContractClient | Promise<ContractClient>;
  /** The SQLSTATE, from where users of this driver or ORM look for it. Default: `error.code`. */
  sqlState?(error: unknown): unknown;
  /** The option that limits a query's milliseconds in the driver itself. Absent: there is none. */
  readonly queryTimeoutOption?: string;
  /** `transaction` sends COMMIT as a query of its own and does not look at the answer: the driver has no transactions. */
  readonly commitsByHand?: boolean;
  /** Whether its clients have {@link ContractClient.reserve}, and {@link ContractClient.abortable}. */
  readonly reserves?: boolean;
  readonly aborts?: boolean;
}

/** What a driver cannot do. Everything is on unless it is turned off. */
export interface Toggles {
  /** Signs in with Entra tokens: roles, expiry, refusal, one request for many connections. */
  readonly entra: boolean;
  /** Opens by discrete options, and by a keyword/value string. */
  readonly options: boolean;
  /** Opens without anything, by the environment; and its process then ends by itself. */
  readonly environment: boolean;
  /** Obeys sslmode, sslrootcert and hostaddr. */
  readonly sslModes: boolean;
  /** Goes through PgBouncer in transaction mode. */
  readonly pooler: boolean;
  /** Never shows a password or token, nor does its raw client when it is inspected. */
  readonly secrets: boolean;
  /** Finds the server again after it was restarted. */
  readonly restart: boolean;
  /**
   * Every answer is true after any failure: nothing invented, lost, stale, or never answered. 'slow' where the adapter of the driver below
   * shows it in every run of the tests; then it is shown with the slow tests, through the pooler.
   */
  readonly truth: boolean | 'slow';
  /** Has `runTransaction`, which finds out what became of a COMMIT whose answer was lost; and its clients answer or refuse whatever waits when they are ended. */
  readonly outcomes: boolean;
  /** What was thrown shows somewhere in the error, with the system's error code (ECONNREFUSED) and our explanation. */
  readonly systemErrors: boolean;
}

export const everything: Toggles = {
  entra: true,
  options: true,
  environment: true,
  sslModes: true,
  pooler: true,
  secrets: true,
  restart: true,
  truth: true,
  outcomes: true,
  systemErrors: true,
};
