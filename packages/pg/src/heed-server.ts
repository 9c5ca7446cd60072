import type { ServerWatch } from '@azure-pg/core/adapter';
import type { ClientState } from './client-state.ts';
import { type DriverClient, type DriverQuery, runningQuery } from './driver-client.ts';

/** BEGIN READ ONLY, SET TRANSACTION READ ONLY, SET default_transaction_read_only and the like. */
const readOnly = /^\s*(?:begin|start|set)\b[^;]{0,200}?read[\s_]+only\b/i;
const forTheTransaction = /^\s*(?:begin|start\s+transaction|set\s+(?:local|transaction))\b/i;

/** Tells the core what the server's errors say of the server: all connections of the pool may have to be replaced. */
export function heedServer(client: DriverClient, state: ClientState, server: ServerWatch): void {
  state.server = server;
  client.connection.on('errorMessage', (message?: { code?: string }) => {
    server.heed(message?.code, state.readOnly !== undefined);
  });
  server.watch(
    () => client.readyForQuery === false,
    () => isStepwise(runningQuery(client)),
  );
}

/** pg sends a query of its own whole; a cursor or a COPY goes on as the program does. */
function isStepwise(query: DriverQuery | null | undefined): boolean {
  return query !== null && query !== undefined && !('_rowMode' in query);
}

/** Notes that the program itself wants to read only; 25006 then says nothing about the server. */
export function noteReadOnly(text: string, state: ClientState): void {
  if (readOnly.test(text)) state.readOnly = forTheTransaction.test(text) ? 'transaction' : 'session';
}
