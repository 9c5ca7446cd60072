// The kinds of outage of failover.ts, each on servers of its own.
import { setTimeout as wait } from 'node:timers/promises';
import { type FaultProxy, faultProxy } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { freePort } from '../packages/emulator/src/machine/free-port.ts';
import { HotStandby, primarySettings } from './hot-standby.ts';

/** Servers behind a name, and the way there. */
export interface OutageStand extends AsyncDisposable {
  readonly emulator: Emulator;
  readonly proxy: FaultProxy;
  /** Undefined where the outage needs none. */
  readonly standby: HotStandby | undefined;
  /** The standby under a name of its own. */
  readonly standbyProxy: FaultProxy | undefined;
}

export interface Outage {
  /** What the reader of the table sees. */
  readonly title: string;
  /** The emulator fails over. */
  readonly failover?: boolean;
  /** A standby that can be read. */
  readonly standby?: boolean;
  /** The clients are given both servers, and want one that can be written to. */
  readonly twoHosts?: boolean;
  /** The clients do nothing for so many milliseconds before it begins. */
  readonly restBefore?: number;
  /** Takes the service away; resolves when no connection of before can be used, or is known to be alive. */
  begin(stand: OutageStand): Promise<void>;
  /** Milliseconds until it is given back. */
  readonly lasts: number;
  /** Milliseconds in which docs/reliability.md promises to find it out, where no error tells. */
  readonly detection?: number;
  /** Connections of before go on without being of use, and no error tells: what is written there fails, and nobody can keep that from the program. */
  readonly deceives?: boolean;
  /** Gives it back; resolves when a new connection can write. */
  end(stand: OutageStand): Promise<void>;
}

/** Longer than an idle connection may be without being asked. */
const rest = 1500;

const silence: Pick<Outage, 'begin' | 'lasts' | 'end'> = {
  async begin({ proxy }) {
    proxy.hold([0]);
    proxy.silence();
  },
  lasts: 8000,
  async end({ proxy }) {
    proxy.release();
  },
};

export const outages: Readonly<Record<string, Outage>> = {
  promote: {
    title: 'the primary dies, its standby is promoted',
    failover: true,
    begin: ({ emulator }) => emulator.postgres.stop('immediate'),
    lasts: 6000,
    async end({ emulator }) {
      const over = emulator.failover({ kind: 'forced' });
      // It takes writes again sooner than there is a new standby.
      while (!emulator.postgres.running) await Promise.race([over, wait(5)]);
    },
  },
  refuse: {
    title: 'connections end, new ones are refused',
    async begin({ proxy }) {
      proxy.refuse();
      proxy.finish();
    },
    lasts: 8000,
    end: ({ proxy }) => proxy.accept(),
  },
  reset: {
    title: 'connections are reset, new ones refused',
    async begin({ proxy }) {
      proxy.refuse();
      proxy.reset();
    },
    lasts: 6000,
    end: ({ proxy }) => proxy.accept(),
  },
  shutdown: {
    title: 'the server is stopped (57P01), and started later',
    begin: ({ emulator }) => emulator.postgres.stop('fast'),
    lasts: 6000,
    end: ({ emulator }) => emulator.postgres.start(),
  },
  'read-only': {
    title: 'the old primary stays, read-only; the name leads to the new one',
    standby: true,
    deceives: true,
    async begin({ emulator, proxy, standby }) {
      proxy.retarget((standby as HotStandby).port);
      await emulator.query('alter system set default_transaction_read_only = on');
      await emulator.query('select pg_reload_conf()');
      // Each of its processes hears of it before its next statement, at the latest.
      await wait(100);
      const [{ now = '' } = {}] = await emulator.query<{ now: string }>(
        'select clock_timestamp()::text as now',
      );
      const writing = `select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
        and state <> 'idle' and xact_start < $1`;
      while ((await emulator.query(writing, [now])).length > 0) await wait(5);
    },
    lasts: 0,
    end: ({ standby }) => (standby as HotStandby).promote(),
  },
  'two-hosts': {
    title: 'of two hosts the first dies, the second is promoted',
    standby: true,
    twoHosts: true,
    async begin({ emulator, proxy }) {
      proxy.refuse();
      await emulator.postgres.stop('immediate');
    },
    lasts: 6000,
    end: ({ standby }) => (standby as HotStandby).promote(),
  },
  silent: {
    title: 'nothing is answered, in the midst of work',
    deceives: true,
    detection: 35_000,
    ...silence,
  },
  'silent-idle': {
    title: 'nothing is answered, after a pause',
    restBefore: rest,
    detection: 5000,
    ...silence,
  },
  restart: {
    title: 'the server is restarted (57P01)',
    begin: ({ emulator }) => emulator.postgres.stop('fast'),
    lasts: 0,
    end: ({ emulator }) => emulator.postgres.start(),
  },
};

/** Rows that a client wrote; one that was written twice is there twice. */
const table = 'create table outage_rows (id text not null); grant all on outage_rows to public';

export async function startStand({ failover, standby: wanted, twoHosts }: Outage): Promise<OutageStand> {
  const emulator = await startEmulator({
    pooler: false,
    postgres: { settings: { ...primarySettings, max_connections: 500 } },
    highAvailability: failover ?? false,
  });
  const started: AsyncDisposable[] = [emulator];
  const dispose = async (): Promise<void> => {
    for (const each of started.reverse()) await each[Symbol.asyncDispose]();
  };
  const proxyFor = async (port: number): Promise<FaultProxy> => {
    const proxy = await faultProxy(port, await freePort());
    started.push(proxy);
    return proxy;
  };
  try {
    await emulator.query(table);
    const standby = wanted ? await HotStandby.of(emulator) : undefined;
    if (standby !== undefined) started.push(standby);
    const proxy = await proxyFor(emulator.postgres.port);
    const standbyProxy = twoHosts && standby ? await proxyFor(standby.port) : undefined;
    return { emulator, proxy, standby, standbyProxy, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}
