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
  if (query.args.length === 0) return;
  const parameters: unknown[] = [];
  const row = query.tagged ? [query] : query.args;
  try {
    (build(...([[row]] as never[])) as Builder).build('values', parameters, [], options);
    if (parameters.length >= mostParameters)
      throw generic('MAX_PARAMETERS_EXCEEDED', `Max number of parameters (${mostParameters}) exceeded`);
  } catch (error) {
    throw ofQuery(error, query);
  }
}

const statement = Symbol('statement');

/**
 * Looks at a query when the driver has built it, just before it is written. Arguments that only now turn out not to be what can be sent, because
 * the types are known, let it go out as an empty one.
 */
export function watchStatement(query: Query, options: LiveOptions): void {
  Object.defineProperty(query, 'statement', {
    configurable: true,
    enumerable: true,
    get(this: Query & { [statement]?: Query['statement'] }) {
      return this[statement] ?? null;
    },
    set(this: Query & { [statement]?: Query['statement'] }, made: Query['statement']) {
      this[statement] = made;
      // One that is not prepared is described first; then it is the one that is running.
      if (!this.prepared || made === null) return;
      try {
        assertSerializable(this.parameters ?? [], made.types, options);
      } catch (error) {
        this[statement] = { string: '', types: [], name: '' };
        this.parameters = [];
        this.options = { ...this.options, simple: true };
        this.reject(ofQuery(error, this));
      }
    },
  });
}

function assertSerializable(
  parameters: readonly unknown[],
  types: readonly number[],
  { serializers }: LiveOptions,
): void {
  for (const [index, value] of parameters.entries()) {
    if (value === null) continue;
    const serialize = serializers[types[index] ?? 0] as ((value: unknown) => string) | undefined;
    // Throws for what is not text.
    Buffer.alloc(0).write(serialize === undefined ? `${value}` : serialize(value));
  }
}

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
