import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { AzureConnection } from '@azure-pg/core';
import { Pool } from '@azure-pg/pg';
import postgres from '@azure-pg/postgresjs';

/** What the demo asks of a session. */
export interface Session {
  query<Row>(sql: string): Promise<Row>;
  /** The socket's own protocol and cipher. */
  socket?(): { tls: string; verified: boolean } | undefined;
  end(): Promise<void>;
}

/** The drivers that the demo shows; each opens a pool of one connection. */
export const drivers: Record<string, (url: string) => Session> = {
  pg(url) {
    const pool = new Pool({ connectionString: url, max: 1 });
    let stream: Socket | undefined;
    pool.on('connect', (client) => {
      stream = (client as unknown as { connection: { stream: Socket } }).connection.stream;
    });
    return {
      query: async (sql) => (await pool.query(sql)).rows[0],
      socket: () => (stream && 'getCipher' in stream ? describe(stream as TLSSocket) : undefined),
      end: () => pool.end(),
    };
  },
  'postgres.js'(url) {
    const sql = postgres(url, { max: 1 });
    return {
      query: async <Row>(text: string) => (await sql.unsafe(text))[0] as Row,
      end: () => sql.end(),
    };
  },
};

function describe(socket: TLSSocket): { tls: string; verified: boolean } {
  return { tls: `${socket.getProtocol()}\n${socket.getCipher().name}`, verified: socket.authorized };
}

/** What a table's head says of an endpoint. */
export const endpointName = (connection: AzureConnection): string =>
  connection.pooling.poolMode === 'none' ? 'direct' : 'pooled';
