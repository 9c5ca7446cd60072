/**
 * postgres.js as it should be: without the faults that lose data, hang or end the process, with types that can be extended and option names
 * that can be asked for. Nothing here is about Azure. A file that mends a fault goes when the driver no longer has it.
 *
 * @packageDocumentation
 */
export { connectTimedOut, millisecondsOf } from './connect-timeout.ts';
export { connectedSocket } from './connected-socket.ts';
export type { ExtendedDriver } from './extended-driver.ts';
export { failedSocket } from './failed-socket.ts';
export { backoff, InstanceState, mendedInstance } from './mended-instance.ts';
export { ownOptions, urlOptions, urlOptionValue, whereOptions } from './option-names.ts';
export { refuseQueries } from './refuse-queries.ts';
export { type ToldOptions, toldOptions } from './told-options.ts';
