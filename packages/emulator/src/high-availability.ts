import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { EmulatorPgBouncer, EmulatorPostgres, Failover, FailoverOptions } from './emulator.ts';
import { EmulatorError } from './emulator-error.ts';
import type { Query } from './entra/principals.ts';
import type { Watchdog } from './machine/watchdog.ts';
import type { PostgresServer } from './postgres/postgres-server.ts';
import { StandbyServer, standbySlot } from './postgres/standby-server.ts';

/** What high availability is made of. */
export interface HighAvailabilityOptions {
  /** Has data, but does not run yet. */
  readonly primary: PostgresServer;
  readonly query: Query;
  readonly folder: string;
  readonly watchdog: Watchdog;
}

/** What is taken away from the clients, and given back: with the gateways before it. */
export interface Service {
  readonly postgres: EmulatorPostgres;
  readonly pgbouncer: EmulatorPgBouncer | undefined;
  /** Ends PostgreSQL without a word. */
  killPostgres(): Promise<void>;
}

/** A primary and its synchronous standby, one of which takes over when the other is no more. */
export class HighAvailability {
  readonly #options: HighAvailabilityOptions;
  readonly #end = new AbortController();
  #standby: StandbyServer;
  #standbys = 1;
  #timeline = 1;
  #running: Promise<Failover> | undefined;

  private constructor(options: HighAvailabilityOptions, standby: StandbyServer) {
    this.#options = options;
    this.#standby = standby;
  }

  static async create(options: HighAvailabilityOptions): Promise<HighAvailability> {
    return new HighAvailability(options, await newStandby(options, 1));
  }

  /** Lets the standby follow the primary, which runs by now; resolves when it confirms every commit. */
  async start(): Promise<void> {
    const { query } = this.#options;
    await query('SELECT pg_create_physical_replication_slot($1, true)', [standbySlot]);
    await this.#standby.start();
    await this.#untilStandbyIs('async');
    await query("ALTER SYSTEM SET synchronous_standby_names = '*'");
    await query('SELECT pg_reload_conf()');
    await this.#untilStandbyIs('sync');
    const [row] = await query<{ timeline: number }>(
      'SELECT timeline_id AS timeline FROM pg_control_checkpoint()',
    );
    this.#timeline = row?.timeline ?? this.#timeline;
  }

  /** Does what `Emulator.failover` says. */
  async failover(service: Service, options: FailoverOptions): Promise<Failover> {
    checkFailover(options);
    if (this.#running !== undefined)
      throw new EmulatorError('NOT_RUNNING', 'A failover is under way already.');
    this.#running = this.#failOver(service, options);
    try {
      return await this.#running;
    } finally {
      this.#running = undefined;
    }
  }

  /** Ends the standby, and a failover that is under way. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running?.catch(() => {});
    await this.#standby.stop();
  }

  async #failOver(service: Service, { kind, downtime = 0 }: FailoverOptions): Promise<Failover> {
    const { primary } = this.#options;
    const { postgres, pgbouncer } = service;
    const pooled = pgbouncer?.running ? pgbouncer : undefined;
    const began = performance.now();
    if (kind === 'forced') await Promise.all([service.killPostgres(), pooled?.stop()]);
    else {
      // It ends when the standby has all that it wrote.
      await postgres.stop('fast');
      await pooled?.stop();
    }
    await this.#away(downtime - (performance.now() - began));
    const former = primary.dataFolder;
    // Somebody may have started it again.
    await postgres.stop('immediate');
    await this.#standby.promote();
    await primary.takeOver(this.#standby.dataFolder);
    this.#standbys += 1;
    this.#standby = await newStandby(this.#options, this.#standbys);
    await postgres.start();
    await pooled?.start();
    const lasted = performance.now() - began;
    await rm(former, { recursive: true, force: true });
    const timelineBefore = this.#timeline;
    await this.start();
    return { downtime: Math.round(lasted), timelineBefore, timelineAfter: this.#timeline };
  }

  async #away(milliseconds: number): Promise<void> {
    const { signal } = this.#end;
    await wait(Math.max(0, milliseconds), undefined, { signal }).catch((cause: unknown) => {
      throw new EmulatorError('NOT_RUNNING', 'The emulator was stopped during the failover.', { cause });
    });
  }

  async #untilStandbyIs(state: 'async' | 'sync'): Promise<void> {
    const deadline = Date.now() + 30_000;
    const streaming = "SELECT FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = $1";
    while ((await this.#options.query(streaming, [state])).length === 0) {
      if (Date.now() > deadline)
        throw new EmulatorError('SERVER_START_FAILED', 'The standby does not follow the primary.');
      await wait(4);
    }
  }
}

const newStandby = ({ primary, folder, watchdog }: HighAvailabilityOptions, number: number) =>
  StandbyServer.copyOf({
    primary,
    dataFolder: join(folder, `data-${number}`),
    logFile: join(folder, 'standby.log'),
    watchdog,
  });

/** Refuses an invalid argument: EmulatorError INVALID_OPTION. */
function checkFailover({ kind, downtime = 0 }: FailoverOptions): void {
  if (!['planned', 'forced'].includes(kind))
    throw new EmulatorError('INVALID_OPTION', `A failover is planned or forced, not "${kind}".`);
  if (!(downtime >= 0 && downtime < 2 ** 31))
    throw new EmulatorError('INVALID_OPTION', `downtime is no number of milliseconds: ${downtime}.`);
}
