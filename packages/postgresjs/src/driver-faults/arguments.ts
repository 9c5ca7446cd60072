import type { LiveOptions } from './driver-socket.ts';
import { generic } from './drivers-error.ts';
import type { Query } from './query.ts';
import type { Call } from './watch.ts';

/** The driver takes no more. */
const mostParameters = 65_534;

/** What the driver makes of `sql([…])`. */
interface Builder {
  build(before: string, parameters: unknown[], types: unknown[], options: LiveOptions): string;
}

/**
 * Finds what is wrong with a query's arguments before the driver has the query: `undefined`, too many, one that throws when it is read. The driver
 * finds it when the query has its place among those of a connection. It then rejects the one that is running there, and gives every answer
 * that follows to the query before the one that it belongs to; the last waits forever.
 *
 * @param build the driver's `sql`, whose own code writes the text and gathers the arguments here, too.
 * @throws what the driver would throw.
 */
export function assertArguments(query: Query, build: Call, options: LiveOptions): void {
  const { args } = query;
  if (args.length < mostParameters && args.every(isPlain)) return;
  const parameters: unknown[] = [];
  const row = query.tagged ? [query] : args;
  try {
    (build(...([[row]] as never[])) as Builder).build('values', parameters, [], options);
    if (parameters.length >= mostParameters)
      throw generic('MAX_PARAMETERS_EXCEEDED', `Max number of parameters (${mostParameters}) exceeded`);
  } catch (error) {
    throw ofQuery(error, query);
  }
}

/**
 * Arguments that only now, as the types are known, turn out not to be what can be sent: the query is rejected, and goes out as an empty one. Called
 * when the driver has built it, just before it is written.
 */
export function sendEmptyUnlessSerializable(
  query: Query,
  parameters: readonly unknown[],
  options: LiveOptions,
): void {
  try {
    assertSerializable(parameters, query.statement?.types ?? [], options);
  } catch (error) {
    query.statement = { string: '', types: [], name: '' };
    query.parameters = [];
    query.options = { ...query.options, simple: true };
    query.reject(ofQuery(error, query));
  }
}

function assertSerializable(
  parameters: readonly unknown[],
  types: readonly number[],
  { serializers }: LiveOptions,
): void {
  for (let index = 0; index < parameters.length; index++) {
    const value = parameters[index];
    const serialize = serializers[types[index] ?? 0] as ((value: unknown) => unknown) | undefined;
    if (serialize === undefined ? isPlain(value) : value === null) continue;
    const text = serialize === undefined ? `${value}` : serialize(value);
    // Throws for what is not text, in Node.js's words.
    if (typeof text !== 'string') Buffer.alloc(0).write(text as string);
  }
}

/** What can be sent as it is, whatever its type. */
const isPlain = (value: unknown): boolean => value === null || plainTypes.has(typeof value);
const plainTypes: ReadonlySet<string> = new Set(['string', 'number', 'boolean', 'bigint']);

/** As the driver tells it: with the line of the program. */
function ofQuery(reason: unknown, query: Query): Error {
  const error = reason instanceof Error ? reason : new Error(String(reason));
  if ('query' in error) return error;
  const enumerable = Boolean(query.handler.debug);
  return Object.defineProperties(error, {
    stack: { value: `${error.stack}${query.origin.replace(/.*\n/, '\n')}`, enumerable },
    query: { value: query.strings.join('?'), enumerable },
    args: { value: query.args, enumerable },
  });
}
