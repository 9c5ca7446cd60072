import type { LiveOptions } from './driver-socket.ts';
import { generic } from './drivers-error.ts';

/** A type and that of its arrays, by their OIDs. */
export interface ArrayType {
  readonly element: number;
  readonly array: number;
}

/** Asks a server for its array types: two columns, as in {@link ArrayType}. */
export const arrayTypesQuery = 'select oid, typarray from pg_catalog.pg_type where typarray <> 0';

/**
 * Lets an instance read and write arrays, as the driver does itself when its option `fetch_types` is on: then it asks each new connection, with
 * no deadline, and takes whatever comes next for the answer.
 *
 * Differs from the driver in two values: NULL in an array is null (the driver: the text "NULL", or NaN), and what the server writes before an array
 * that does not begin at 1 ("[0:1]={…}") is not an element.
 */
export function registerArrayTypes(options: LiveOptions, types: readonly ArrayType[]): void {
  const parsers = options.parsers as Record<number, Parse & { array?: true }>;
  const serializers = options.serializers as Record<number, (value: unknown) => unknown>;
  for (const { element, array } of types) {
    if (parsers[array] !== undefined && serializers[array] !== undefined) continue;
    options.shared.typeArrayMap[element] = array;
    const delimiter = delimiterOf(array);
    const parse = parsers[element];
    parsers[array] = Object.assign((text: string) => parseArray(text, parse, delimiter), {
      array: true,
    } as const);
    serializers[array] = (value) =>
      serializeArray(value, serializers[element], delimiter, options.transform.undefined);
  }
}

type Parse = (text: string) => unknown;

/** Of all types only box has another: https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO */
const delimiterOf = (array: number): string => (array === 1020 ? ';' : ',');

/** What stands before an array that does not begin at 1, without its first bracket: "0:1]={". */
const bounds = /^-?\d+:-?\d+\](?:\[-?\d+:-?\d+\])*=\{/;

/**
 * https://www.postgresql.org/docs/18/arrays.html#ARRAYS-IO
 *
 * @param text without its first letter, as the driver gives it.
 */
function parseArray(text: string, parse: Parse | undefined, delimiter: string): unknown[] {
  const read = (element: string): unknown => (parse === undefined ? element : parse(element));
  const outer: unknown[] = [];
  const open = [outer];
  for (let at = bounds.exec(text)?.[0].length ?? 0; at < text.length; ) {
    const char = text[at];
    const array = open.at(-1) ?? outer;
    if (char === '{') {
      const inner: unknown[] = [];
      array.push(inner);
      open.push(inner);
      at++;
    } else if (char === '}') {
      if (open.length === 1) return outer;
      open.pop();
      at++;
    } else if (char === delimiter) at++;
    else if (char === '"') {
      const end = endOfQuoted(text, at + 1);
      array.push(read(text.slice(at + 1, end).replaceAll(/\\(.)/gs, '$1')));
      at = end + 1;
    } else {
      let end = at;
      while (end < text.length && text[end] !== delimiter && text[end] !== '}') end++;
      const element = text.slice(at, end);
      array.push(element.toUpperCase() === 'NULL' ? null : read(element));
      at = end;
    }
  }
  throw generic('INVALID_ARRAY', `The server sent an array without an end: ${text.length} characters`);
}

function endOfQuoted(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function serializeArray(
  value: unknown,
  serialize: ((value: unknown) => unknown) | undefined,
  delimiter: string,
  undefinedAs: unknown,
): unknown {
  if (!Array.isArray(value)) return value;
  const [first] = value;
  const nested = Array.isArray(first) && !(first as { type?: unknown }).type;
  const written = value.map((element: unknown) => {
    if (nested) return serializeArray(element, serialize, delimiter, undefinedAs);
    const given = element === undefined ? undefinedAs : element;
    if (given === undefined) throw generic('UNDEFINED_VALUE', 'Undefined values are not allowed');
    if (given === null) return 'null';
    // One that sql.typed() made.
    const { type, value: typed } = given as { type?: unknown; value?: unknown };
    const text = serialize === undefined ? `${given}` : serialize(type ? typed : given);
    return `"${String(text).replaceAll(/["\\]/g, '\\$&')}"`;
  });
  return `{${written.join(delimiter)}}`;
}
