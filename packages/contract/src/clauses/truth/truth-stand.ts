import { setTimeout as wait } from 'node:timers/promises';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import pg from 'pg';
import { withParameters } from '../../stand.ts';
import { answered } from './untrue.ts';

/** A way to the database: past no pooler, or through one that is set in one of four ways. */
export interface TruthRoute {
  readonly name: string;
  readonly pooled: boolean;
  /** Every transaction on another server. */
  readonly adversarial: boolean;
  readonly maxPreparedStatements: number;
}

const pooled = (adversarial: boolean, maxPreparedStatements: number): TruthRoute => ({
  name: `${adversarial ? 'adversarial' : 'pooled'}, max_prepared_statements=${maxPreparedStatements}`,
  pooled: true,
  adversarial,
  maxPreparedStatements,
});

/** The ways that an ordinary run goes, and those that only a long one does. */
export const truthRoutes: { readonly ordinary: readonly TruthRoute[]; readonly long: readonly TruthRoute[] } =
  {
    ordinary: [
      { name: 'direct', pooled: false, adversarial: false, maxPreparedStatements: 0 },
      pooled(true, 200),
    ],
    long: [pooled(true, 0), pooled(false, 200), pooled(false, 0)],
  };

/** Roles with a time limit, which a pooler would refuse to be told of by a client. */
const limits = {
  truth_statement: 'statement_timeout',
  truth_transaction: 'transaction_timeout',
  truth_idle: 'idle_in_transaction_session_timeout',
} as const;
export type LimitedRole = keyof typeof limits;

/** One route's servers, which the failures strike. */
export class TruthStand implements AsyncDisposable {
  readonly route: TruthRoute;
  readonly emulator: Emulator;

  /** Those of {@link limits} that this version of PostgreSQL has. */
  readonly limited: ReadonlySet<string>;

  private constructor(route: TruthRoute, emulator: Emulator, limited: ReadonlySet<string>) {
    this.route = route;
    this.emulator = emulator;
    this.limited = limited;
  }

  static async start(route: TruthRoute): Promise<TruthStand> {
    const { adversarial, maxPreparedStatements } = route;
    const settings = { admin_users: administrator, server_login_retry: 1 };
    const emulator = await startEmulator({
      pooler: route.pooled && { adversarial, maxPreparedStatements, poolSize: 100, settings },
      postgres: { settings: { max_connections: 300 } },
    });
    await emulator.query(truthTables);
    const available = await emulator.query<{ name: string }>('select name from pg_settings');
    const known = Object.entries(limits).filter(([, limit]) => available.some(({ name }) => name === limit));
    for (const [role, limit] of known) {
      await emulator.query(`create role ${role} login password '${emulator.postgres.password}'`);
      await emulator.query(`alter role ${role} set ${limit} = '1500ms'`);
    }
    return new TruthStand(route, emulator, new Set(known.map(([role]) => role)));
  }

  get port(): number {
    const { postgres, pgbouncer } = this.emulator;
    return this.route.pooled ? (pgbouncer?.port ?? 0) : postgres.port;
  }

  /** The route's URL; by way of another port, and as another role, where one is given. */
  url({
    port = this.port,
    user,
  }: {
    port?: number | undefined;
    user?: LimitedRole | undefined;
  } = {}): string {
    const { postgres, pgbouncer } = this.emulator;
    const url = new URL(this.route.pooled ? (pgbouncer?.url ?? '') : postgres.url);
    url.port = String(port);
    if (user !== undefined) url.username = user;
    if (!this.route.pooled) return url.href;
    return withParameters(url.href, {
      pool_mode: 'transaction',
      direct_port: String(postgres.port),
      max_prepared_statements: String(this.route.maxPreparedStatements),
    });
  }

  /** Asks the database past everything that is tested, as often as it takes. */
  async ask<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    for (const end = Date.now() + 20_000; ; ) {
      try {
        return await this.emulator.query<Row>(sql, parameters);
      } catch (error) {
        if (Date.now() > end) throw error;
        await wait(20);
      }
    }
  }

  /** Ends, or cancels, what all clients do. */
  async signalClients(how: 'pg_terminate_backend' | 'pg_cancel_backend'): Promise<void> {
    await this.ask(`select ${how}(pid) from pg_stat_activity where usename = any($1)`, [clients]);
  }

  /** Kills one of the servers that clients use; PostgreSQL then ends them all. */
  async crash(): Promise<void> {
    const [server] = await this.ask<{ pid: number }>(
      'select pid from pg_stat_activity where usename = any($1)',
      [clients],
    );
    if (server === undefined) throw new Error('There is no server to kill: no client is connected');
    process.kill(server.pid, 'SIGKILL');
    // Until it has begun to recover, it answers as if nothing had happened.
    const alive = 'select pid from pg_stat_activity where pid = $1';
    while ((await this.ask(alive, [server.pid])).length > 0) await wait(5);
  }

  /** Waits until the server has ended every session that was in a transaction. */
  async idleEnded(): Promise<void> {
    const waiting = "select pid from pg_stat_activity where usename = any($1) and state like 'idle in%'";
    while ((await this.ask(waiting, [clients])).length > 0) await wait(20);
  }

  /** Waits until no client's statement sleeps any more. */
  async awake(): Promise<void> {
    const asleep = "select pid from pg_stat_activity where usename = any($1) and wait_event = 'PgSleep'";
    while ((await this.ask(asleep, [clients])).length > 0) await wait(20);
  }

  /** Says something to PgBouncer itself. */
  async administer(...commands: readonly string[]): Promise<void> {
    const host = `${this.emulator.folder}/s`;
    const client = this.#client({ database: 'pgbouncer', user: administrator, host, ssl: false });
    await client.connect();
    try {
      for (const command of commands) await client.query(command);
    } finally {
      await client.end();
    }
  }

  /** Waits until a new client is served. */
  async ready(): Promise<void> {
    for (const end = Date.now() + 20_000; ; ) {
      const client = this.#client({});
      try {
        await client.connect();
        await answered('the probe', client.query('select 1'), 5000);
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
        await wait(20);
      } finally {
        await client.end().catch(() => {});
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.emulator.stop();
  }

  /** The bare driver, which asks for nothing by itself. */
  #client(other: pg.ClientConfig): pg.Client {
    const { user, password } = this.emulator.postgres;
    const ssl = { ca: this.emulator.ca.pem };
    const server = { host: 'localhost', port: this.port, database: 'postgres', user, password, ssl };
    const client = new pg.Client({ ...server, ...other });
    client.on('error', () => {});
    return client;
  }
}

/** Whom PgBouncer knows by itself: it would ask the server about anybody else, and not while it is paused. */
const administrator = 'azuresu';

const clients = ['app', ...Object.keys(limits)];

/** What the operations write to. */
export const truthTables = `
  create table truth_ledger (id text primary key);
  create table truth_unique (id int primary key);
  insert into truth_unique values (1);
  create table truth_parent (id text primary key);
  create table truth_deferred (id text primary key references truth_parent deferrable initially deferred);
  create table truth_slow (id text primary key);
  create function truth_sleep() returns trigger language plpgsql as $$ begin perform pg_sleep(30); return null; end $$;
  create constraint trigger truth_slow_commit after insert on truth_slow deferrable initially deferred
    for each row execute function truth_sleep();
  grant all on truth_ledger, truth_unique, truth_parent, truth_deferred, truth_slow to public`;
