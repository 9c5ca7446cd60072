import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { ContractAdapter, ContractClient } from '../../adapter.ts';
import { describeError, errorCodes } from '../../error-chain.ts';
import type { Failure } from './failures.ts';
import { nextOperations, operationNames } from './next-operations.ts';
import { enter, type State, waitingStatement, written } from './states.ts';
import type { TruthStand } from './truth-stand.ts';
import { answered, type Finding, saysDown, Untrue } from './untrue.ts';
import type { Variant } from './variants.ts';

/** What the clients of a cell share. */
export interface Shared {
  readonly adapter: ContractAdapter;
  readonly stand: TruthStand;
  readonly failure: Failure;
  readonly state: State;
  /** By way of the proxy, where there is one. */
  readonly url: string;
  /** Milliseconds after which a promise counts as hanging. */
  readonly patience: number;
  /** Resolves when the failure has struck. */
  readonly struck: Promise<void>;
  /** Resolves when service is back and everything has been heard of. */
  readonly over: Promise<void>;
}

/** Milliseconds. */
const queryTimeout = 500;

/** One client that meets one failure in one state, and goes on. */
export class TestedClient {
  readonly variant: Variant;
  readonly findings: Finding[] = [];
  /** In SQL that is quoted; and not too short to make rows that fill a buffer. */
  readonly id: string = randomUUID();
  readonly #shared: Shared;
  readonly #client: ContractClient;
  #pid: unknown;
  #outcome: Promise<unknown> | undefined;
  #abort: (() => void) | undefined;
  #statementError: unknown;
  #settled = false;
  #ended = false;

  private constructor(shared: Shared, variant: Variant, client: ContractClient) {
    this.#shared = shared;
    this.variant = variant;
    this.#client = client;
  }

  static async open(shared: Shared, variant: Variant): Promise<TestedClient> {
    const { adapter, failure, state, url } = shared;
    const { queryTimeoutOption } = adapter;
    const limited = failure.needs === 'queryTimeout' && queryTimeoutOption !== undefined;
    const options = limited ? { [queryTimeoutOption]: queryTimeout } : {};
    const client = await adapter.open({ url, options, max: variant.max });
    const tested = new TestedClient(shared, variant, client);
    if (state === 'opening') return tested;
    // Opens all of its connections.
    const queries = Array.from({ length: variant.max }, () => client.query('select pg_sleep(0.05)'));
    await answered('the warm-up', Promise.all(queries), shared.patience);
    return tested;
  }

  /** Begins what the failure will meet. */
  begin(): void {
    const { failure, state, struck } = this.#shared;
    if (state === 'idle') return;
    const { id } = this;
    const client =
      failure.needs === 'abort'
        ? { ...this.#client, query: (sql: string) => this.#abortable(sql) }
        : this.#client;
    const statement = failure.statement?.(id) ?? waitingStatement(state, id, failure.seconds ?? 30);
    const note = (pid: unknown): void => {
      this.#pid = pid;
    };
    const noteError = (error: unknown): void => {
      this.#statementError = error;
    };
    this.#outcome = enter[state]({ client, id, statement, note, noteError, struck });
    const settle = (): void => {
      this.#settled = true;
    };
    this.#outcome.then(settle, settle);
  }

  /** Whether the operation that meets the failure has been answered. */
  get settled(): boolean {
    return this.#settled || this.#shared.state === 'idle';
  }

  abort(): void {
    this.#abort?.();
  }

  /** Whether the failure would meet the state by now. */
  async reached(): Promise<boolean> {
    const { state, stand } = this.#shared;
    if (this.settled) return true;
    if (state.startsWith('idle')) return this.#pid !== undefined;
    const waiting = "select 1 from pg_stat_activity where wait_event = 'PgSleep' and ";
    const rows =
      state === 'committing'
        ? await stand.ask(`${waiting} pid = $1`, [this.#pid ?? 0])
        : await stand.ask(`${waiting} pid <> pg_backend_pid() and strpos(query, $1) > 0`, [this.id]);
    return rows.length > 0;
  }

  /** Judges what the program was told of the failure, and everything that it asks next. */
  async judge(): Promise<void> {
    const { failure, over, patience, struck } = this.#shared;
    const { variant } = this;
    if (this.#outcome === undefined) await struck;
    else if (!(await this.#step('what failed', () => this.#judgeFailed()))) return;
    if (variant.when === 'at once') {
      const ask = (): Promise<void> => (failure.breaks ? this.#insist() : this.#do(variant.first));
      if (!(await this.#step(`at once, ${variant.first}`, ask))) return;
    }
    await over;
    if (this.#outcome !== undefined) await this.#step('what failed', () => this.#judgeEffect());
    const able = operationNames.filter(
      (name) => name !== 'a reserved query' || this.#client.reserve !== undefined,
    );
    const start = Math.max(0, able.indexOf(variant.first));
    for (const name of [...able.slice(start), ...able.slice(0, start)]) {
      if (!(await this.#step(`then ${name}`, () => this.#do(name)))) return;
    }
    this.#ended = true;
    await this.#step('end()', () => answered('it', this.#client.end(), patience));
  }

  /** Ends what is left of it after a hang, and what the server still does for it. */
  async abandon(): Promise<void> {
    const { failure, stand } = this.#shared;
    // Through a pooler the process may be another client's by now.
    const pid = this.settled && !failure.unknown ? 0 : (this.#pid ?? 0);
    await stand.ask(
      "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep' and (pid = $1 or strpos(query, $2) > 0) and pid <> pg_backend_pid()",
      [pid, this.id],
    );
    if (!this.#ended) await Promise.race([this.#client.end().catch(() => {}), wait(500)]);
  }

  #abortable(sql: string): Promise<never[]> {
    if (this.#client.abortable === undefined) throw new Error('The adapter cannot abort a query');
    const { answer, abort } = this.#client.abortable(sql);
    this.#abort = abort;
    return answer as Promise<never[]>;
  }

  /** The victim is told, and told the truth about why. */
  async #judgeFailed(): Promise<void> {
    const { failure, patience, stand, state } = this.#shared;
    const outcome = this.#outcome ?? Promise.resolve();
    const [report] = await answered('it', Promise.allSettled([outcome]), patience);
    if (report.status === 'fulfilled') {
      if (mayBeAnswered(state)) return;
      throw new Untrue('invented answer', `reported as done: ${JSON.stringify(report.value)?.slice(0, 80)}`);
    }
    const told = failure.reason !== undefined && (!failure.breaks || !stand.route.pooled);
    if (
      !told ||
      (failure.breaks && (state === 'committing' || state === 'opening' || state.startsWith('idle')))
    )
      return;
    const error = this.#statementError ?? report.reason;
    if (!errorCodes(error).includes(failure.reason))
      throw new Untrue('wrong error', `${describeError(error)} instead of ${failure.reason}`);
  }

  /** What was reported is there; what was not is not, unless the connection broke under it. */
  async #judgeEffect(): Promise<void> {
    const { failure, stand, state } = this.#shared;
    const [report] = await Promise.allSettled([this.#outcome]);
    const rows = await stand.ask(written, [this.id]);
    if (report?.status === 'fulfilled') {
      if (rows.length === 0) throw new Untrue('lost row', 'it was reported as done, and has no row');
    } else if (rows.length > 0 && !(failure.unknown && isUnknown(state))) {
      throw new Untrue('unreported row', `${describeError(report?.reason)}, and there are rows`);
    }
  }

  /** The first operation as a program would do it that tries again for as long as it is told that the connection is down. */
  async #insist(): Promise<void> {
    for (const end = Date.now() + this.#shared.patience; ; ) {
      try {
        await this.#do(this.variant.first);
        return;
      } catch (error) {
        if (!saysDown(error) || Date.now() > end) throw error;
        await wait(10);
      }
    }
  }

  async #do(name: keyof typeof nextOperations): Promise<void> {
    const { adapter, patience, stand } = this.#shared;
    const sqlState = (error: unknown): unknown =>
      adapter.sqlState === undefined ? (error as { code?: unknown }).code : adapter.sqlState(error);
    const surroundings = { client: this.#client, stand, id: randomUUID(), sqlState };
    await answered('it', nextOperations[name](surroundings), patience);
  }

  /** Notes what is untrue about a step; false when nothing more can be asked of this client. */
  async #step(name: string, step: () => Promise<unknown>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      const untruth = error instanceof Untrue ? error.untruth : 'stale error';
      const { max, first, when } = this.variant;
      const client = `max ${max}, ${when} ${first}`;
      const what = error instanceof Untrue ? error.message : describeError(error);
      this.findings.push({ untruth, detail: `[${client}] ${name}: ${what}` });
      return untruth !== 'hang';
    }
  }
}

/** Where an adapter may connect and then succeed, or a pooler has another server for a client that is in no transaction. */
const mayBeAnswered = (state: State): boolean => state === 'opening' || state === 'idle while reserved';

/** A statement by itself, or a COMMIT: a transaction that breaks before it is never done. */
const isUnknown = (state: State): boolean =>
  ['in a query', 'committing', 'opening', 'reserved'].includes(state);
