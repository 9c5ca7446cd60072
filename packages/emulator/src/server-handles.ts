import type { EmulatorPgBouncer, EmulatorPostgres } from './emulator.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { PgBouncerServer } from './pgbouncer/pgbouncer-server.ts';
import type { PostgresServer } from './postgres/postgres-server.ts';

/** How people sign in at the servers' own ports. */
export interface NativeAccess {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** PostgreSQL and the gateway before it, stopped and started as one, as on Azure, where they are one. */
export function postgresHandle(
  server: PostgresServer,
  gateway: Gateway,
  access: NativeAccess,
): EmulatorPostgres {
  const start = async (): Promise<void> => {
    await server.start();
    await gateway.open();
  };
  const stop: EmulatorPostgres['stop'] = async (mode) => {
    await gateway.close('keep');
    await server.stop(mode);
  };
  return {
    ...common(server, access),
    get running() {
      return server.running;
    },
    start,
    stop,
    restart: async (mode) => {
      await stop(mode);
      await start();
    },
  };
}

/** Likewise for PgBouncer. */
export function pgbouncerHandle(
  server: PgBouncerServer,
  gateway: Gateway,
  access: NativeAccess,
): EmulatorPgBouncer {
  const start = async (): Promise<void> => {
    await server.start();
    await gateway.open();
  };
  const stop = async (): Promise<void> => {
    await gateway.close('keep');
    await server.stop();
  };
  return {
    ...common(server, access),
    get running() {
      return server.running;
    },
    start,
    stop,
    restart: async () => {
      await stop();
      await start();
    },
  };
}

const common = (server: PostgresServer | PgBouncerServer, access: NativeAccess) => ({
  host: 'localhost',
  port: server.port,
  version: server.version,
  ...access,
});
