/**
 * postgres.js for an adapter: its arguments in libpq's words, the driver without the faults that lose data, hang or end the process, and with
 * types that can be extended. Nothing here is about Azure. A file that fixes a fault goes when the driver no longer has it.
 *
 * @packageDocumentation
 */
export { type ArrayType, arrayTypesQuery, registerArrayTypes } from './array-types.ts';
export { connectTimedOut, millisecondsOf } from './connect-timeout.ts';
export { type PostgresArguments, type Transport, takeApart } from './driver-arguments.ts';
export { DriverSocket, type LiveOptions } from './driver-socket.ts';
export { driversError } from './drivers-error.ts';
export type { ExtendedDriver } from './extended-driver.ts';
export { backoff, fixedInstance } from './fixed-instance.ts';
export { InstanceState } from './instance-state.ts';
export type { Refuse } from './scopes.ts';
