/**
 * postgres.js as it should be: its arguments in libpq's words, without the faults that lose data, hang or end the process, and with types that can
 * be extended. Nothing here is about Azure. A file that mends a fault goes when the driver no longer has it.
 *
 * @packageDocumentation
 */
export { connectTimedOut, millisecondsOf } from './connect-timeout.ts';
export { connectedSocket, type LiveOptions } from './connected-socket.ts';
export { type PostgresArguments, type Transport, takeApart } from './driver-arguments.ts';
export { driversError } from './drivers-error.ts';
export type { ExtendedDriver } from './extended-driver.ts';
export { failedSocket } from './failed-socket.ts';
export { backoff, InstanceState, mendedInstance } from './mended-instance.ts';
export { refuseQueries } from './refuse-queries.ts';
