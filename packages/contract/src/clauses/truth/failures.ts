import type { FaultProxy } from './fault-proxy.ts';
import type { State } from './states.ts';
import type { LimitedRole, TruthStand } from './truth-stand.ts';

/** What a failure strikes. */
interface Scene {
  readonly stand: TruthStand;
  /** There when the failure is `proxied`, or the state is `opening`. */
  readonly proxy: FaultProxy | undefined;
  /** Aborts what the clients under test do, by their own means. */
  abort(): void;
}

/** One kind of failure. */
export interface Failure {
  /** In which it can be met; an ordinary run takes the first. */
  readonly states: readonly State[];
  /** Brings it on from outside, and returns when it is over. Without: the statement or a setting does. */
  strike?(scene: Scene): unknown;
  /** The statement that brings it on; without: one that waits. */
  statement?(id: string): string;
  /** How long that one waits. Default: 30, longer than anything is waited for here. */
  readonly seconds?: number;
  /** The connection is lost with it, so that for a moment queries may fail by an error that says so. */
  readonly breaks: boolean;
  /** The code that the statement fails with, where the server says so to the client itself. */
  readonly reason?: string;
  /** The server does not hear of it: what was underway may still be done. */
  readonly unknown?: boolean;
  /** Clients go through a proxy. */
  readonly proxied?: boolean;
  /** Only through a pooler. */
  readonly pooled?: boolean;
  /** Only with adapters that can do so. */
  readonly needs?: 'abort' | 'queryTimeout';
  /** The role that has the limit which brings it on. */
  readonly user?: LimitedRole;
  /** Before operations begin, and after all have failed. */
  prepare?(stand: TruthStand): Promise<void>;
  recover?(stand: TruthStand): Promise<void>;
}

const everywhere: readonly State[] = [
  'in a query',
  'in a transaction',
  'idle',
  'mid-result',
  'idle in a transaction',
  'committing',
  'opening',
  'reserved',
  'idle while reserved',
];
const startingWith = (first: State): readonly State[] => [
  first,
  ...everywhere.filter((state) => state !== first),
];
const connected = everywhere.filter((state) => state !== 'opening');
const busy = connected.filter((state) => !state.startsWith('idle'));

/** Every failure that the drivers are known to lie after, and its neighbours. */
export const failures: Readonly<Record<string, Failure>> = {
  'terminated by itself': {
    states: ['in a query', 'in a transaction', 'reserved'],
    statement: () => 'select pg_terminate_backend(pg_backend_pid()) as value',
    breaks: true,
    reason: '57P01',
  },
  'terminated by another': {
    states: ['mid-result', ...connected.filter((state) => state !== 'mid-result')],
    strike: ({ stand }) => stand.signalClients('pg_terminate_backend'),
    breaks: true,
    reason: '57P01',
  },
  'restart, fast': {
    states: startingWith('in a transaction'),
    strike: ({ stand }) => stand.emulator.postgres.restart('fast'),
    breaks: true,
    reason: '57P01',
  },
  'restart, immediate': {
    states: startingWith('opening'),
    strike: ({ stand }) => stand.emulator.postgres.restart('immediate'),
    breaks: true,
  },
  crash: {
    states: ['committing', ...connected.filter((state) => state !== 'committing')],
    strike: ({ stand }) => stand.crash(),
    breaks: true,
  },
  'pooler restart': {
    states: startingWith('idle in a transaction'),
    strike: ({ stand }) => stand.emulator.pgbouncer?.restart(),
    breaks: true,
    unknown: true,
    pooled: true,
  },
  ECONNRESET: {
    states: startingWith('mid-result'),
    strike: ({ proxy }) => proxy?.reset(),
    breaks: true,
    unknown: true,
    proxied: true,
  },
  FIN: {
    states: startingWith('reserved'),
    strike: ({ proxy }) => proxy?.finish(),
    breaks: true,
    unknown: true,
    proxied: true,
  },
  'an error mid-result': {
    states: ['mid-result', 'in a transaction', 'reserved'],
    statement: (id) =>
      `select 1000 / (50 - i) as value, repeat('${id}', 50) as filler from generate_series(1, 100) as numbers (i)`,
    breaks: false,
    reason: '22012',
  },
  cancel: {
    states: ['mid-result', ...busy.filter((state) => state !== 'mid-result')],
    strike: ({ stand }) => stand.signalClients('pg_cancel_backend'),
    breaks: false,
    reason: '57014',
  },
  abort: {
    states: ['mid-result', 'in a query', 'opening'],
    strike: ({ abort }) => abort(),
    breaks: false,
    unknown: true,
    needs: 'abort',
  },
  query_timeout: {
    states: ['in a transaction', 'in a query', 'mid-result'],
    // More than twice the time limit: a ROLLBACK behind it has then been given up, too, before the server gets to it.
    seconds: 1.2,
    recover: (stand) => stand.awake(),
    breaks: true,
    unknown: true,
    needs: 'queryTimeout',
  },
  statement_timeout: {
    // Not while committing: PostgreSQL does not limit what COMMIT does.
    states: ['mid-result', 'in a query', 'in a transaction', 'reserved'],
    user: 'truth_statement',
    breaks: false,
    reason: '57014',
  },
  transaction_timeout: {
    states: ['in a transaction', 'in a query', 'mid-result', 'reserved'],
    user: 'truth_transaction',
    breaks: true,
    reason: '25P04',
  },
  idle_in_transaction_session_timeout: {
    states: ['idle in a transaction'],
    strike: ({ stand }) => stand.idleEnded(),
    user: 'truth_idle',
    breaks: true,
  },
  query_wait_timeout: {
    states: ['in a query', 'in a transaction'],
    prepare: (stand) => stand.administer('PAUSE', 'SET query_wait_timeout = 1'),
    recover: (stand) => stand.administer('RESUME', 'SET query_wait_timeout = 120'),
    breaks: true,
    pooled: true,
  },
  'a constraint at COMMIT': {
    states: ['committing'],
    statement: (id) => `insert into truth_deferred (id) values ('${id}')`,
    breaks: false,
    reason: '23503',
  },
};
