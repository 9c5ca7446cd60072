import type { OpenedConnection } from '@azure-pg/core';
import pg from 'pg';
import postgres from 'postgres';

/** node-postgres on a socket that the core opened. */
export async function nodePostgres(
  opened: OpenedConnection,
  database: string,
  onError?: (error: Error) => void,
): Promise<pg.Client> {
  const { socket, user } = opened;
  Object.assign(socket, {
    connect: () => {
      process.nextTick(() => socket.emit('connect'));
      return socket;
    },
  });
  const client = new pg.Client({ user, database, ssl: false, stream: () => socket } as pg.ClientConfig);
  if (onError !== undefined) client.on('error', onError);
  await client.connect();
  return client;
}

/** postgres.js on sockets that the core opens. */
export function postgresJs(
  open: () => Promise<OpenedConnection>,
  options: { user: string; database: string },
): postgres.Sql {
  const socket = async (): Promise<unknown> => {
    const opened = await open();
    return Object.assign(opened.socket, { host: opened.host.host, port: opened.host.port });
  };
  return postgres({
    ...options,
    max: 1,
    ssl: false,
    fetch_types: false,
    connection: { application_name: '' },
    socket,
  } as unknown as postgres.Options<Record<string, postgres.PostgresType>>);
}
