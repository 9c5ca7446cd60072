import type { ProbeReply, ProbeSession } from '../../src/pooler-detection/probe-session.ts';

interface ModelServer {
  readonly pid: number;
  lastQuery: string;
  /** The client that holds it: in session mode, from its first query until it leaves. */
  holder: object | undefined;
}

export interface ModelOptions {
  readonly mode: 'session' | 'transaction';
  /** Servers that are open from the start; more are opened as they are needed. */
  readonly servers: number;
  /** server_round_robin: the server that was idle longest is next, not the one that was used last. */
  readonly roundRobin: boolean;
  /** What a server is told as its session ends; PgBouncer's server_reset_query. */
  readonly resetQuery: string;
  /** Whether a role sees what other backends of its own run. */
  readonly showsQueries: boolean;
  /**
   * What other clients do between two of our queries, over and over: 0 nothing, n > 0 a query in the idle server n - 1 places from the
   * next one.
   */
  readonly others: readonly number[];
}

/** PgBouncer as far as detection can see it, with other clients that are not left to chance. */
export class ModelPooler {
  readonly #options: ModelOptions;
  /** Next to be used first. */
  readonly #idle: ModelServer[] = [];
  readonly #all: ModelServer[] = [];
  #turn = 0;
  opened = 0;
  closed = 0;

  constructor(options: ModelOptions) {
    this.#options = options;
    for (let count = 0; count < options.servers; count++) this.#idle.push(this.#newServer());
  }

  open(): ProbeSession {
    this.opened++;
    const client = {};
    let held: ModelServer | undefined;
    return {
      announcedPid: 1,
      parameters: {},
      query: async (sql) => {
        this.#letOthersAct();
        const server = held ?? this.#idle.shift() ?? this.#newServer();
        server.lastQuery = sql;
        server.holder = client;
        const reply = this.#answer(server, sql);
        if (this.#options.mode === 'session') held = server;
        else this.#release(server);
        return reply;
      },
      runNamed: () => Promise.reject(new Error('not part of the model')),
      close: async () => {
        this.closed++;
        if (held === undefined) return;
        if (this.#options.resetQuery !== '') held.lastQuery = this.#options.resetQuery;
        this.#release(held);
        held = undefined;
      },
    };
  }

  #newServer(): ModelServer {
    const server = { pid: 100 + this.#all.length, lastQuery: '', holder: undefined };
    this.#all.push(server);
    return server;
  }

  #release(server: ModelServer): void {
    server.holder = undefined;
    if (this.#options.roundRobin) this.#idle.push(server);
    else this.#idle.unshift(server);
  }

  #letOthersAct(): void {
    const { others } = this.#options;
    const place = others[this.#turn++ % Math.max(1, others.length)] ?? 0;
    if (place === 0) return;
    const [server] = this.#idle.splice(place - 1, 1);
    if (server === undefined) return;
    server.lastQuery = 'select something';
    this.#release(server);
  }

  #answer(server: ModelServer, sql: string): ProbeReply {
    const row = (other: ModelServer, own: string): (string | null)[] => {
      const query =
        this.#options.showsQueries || other === server ? other.lastQuery : '<insufficient privilege>';
      return [own, String(other.pid), '1700000000000000', query];
    };
    const asked = /pg_stat_get_activity\((\d+)\)/.exec(sql)?.[1];
    if (asked === undefined) return { rows: [row(server, 't').slice(1, 3)], error: undefined };
    const that = this.#all.filter(({ pid }) => pid === Number(asked)).map((each) => row(each, 'f'));
    return { rows: [row(server, 't'), ...that], error: undefined };
  }
}
