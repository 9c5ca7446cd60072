import type { DriverConnection, Query } from './query.ts';

const queries = Symbol('queries');
const place = Symbol('place');

interface Counted extends DriverConnection {
  /** How many it has been given and not answered. */
  [queries]?: number;
}
interface Options {
  [place]?: Counted | undefined;
}

/** `max_pipeline` of an instance whose driver gets no limit. */
export type Pipeline = (this: Query['options'], connection: DriverConnection) => boolean;

/** No limit for the driver: the limit is ours. */
export const noLimit: number = Number.POSITIVE_INFINITY;

/**
 * `max_pipeline`, which is how many queries may wait on a connection behind the one that is being answered. Where the driver keeps to it itself, it
 * does not reserve the connection for a BEGIN that comes to be the last of them: all that is sent there next becomes part of a transaction
 * that nobody ends.
 *
 * @param most the option.
 * @param onFirst called with each of the driver's connections when it is first given a query.
 * @returns what the driver asks of each query that is sent whether more may follow: its option `onexecute`.
 */
export function pipelineOf(most: number, onFirst: (connection: DriverConnection) => void): Pipeline {
  return function (connection) {
    const counted = connection as Counted;
    (this as Options)[place] = counted;
    if (counted[queries] === undefined) onFirst(connection);
    const count = (counted[queries] ?? 0) + 1;
    counted[queries] = count;
    return count <= most;
  };
}

/** The query no longer waits; gives the connection where it did. */
export function leavePipeline({ options }: Query): DriverConnection | undefined {
  const connection = (options as Options)[place];
  if (connection === undefined) return undefined;
  (options as Options)[place] = undefined;
  connection[queries] = (connection[queries] ?? 1) - 1;
  return connection;
}
