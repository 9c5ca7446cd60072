/**
 * For adapters of libraries that pool pg's clients themselves: which client may be lent, where it leads, when its pool ends.
 *
 * @packageDocumentation
 */
export { boundClient, type Place } from './bound-client.ts';
export { CommitClient } from './commit-client.ts';
export { isReusable } from './give-back.ts';
export { mayLend } from './lend-alive.ts';
export { poolEnds } from './pool-ending.ts';
