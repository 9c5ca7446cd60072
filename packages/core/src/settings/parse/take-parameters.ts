import { percentDecode } from './percent-decode.ts';
import { theConnectionString } from './syntax-error.ts';
import { uriOf, uriPrefixLength } from './uri.ts';

/** A connection string without the parameters that were taken out of it. */
export interface TakenParameters {
  readonly text: string;
  /** Name → value, percent-decoded; of a name that is written twice the last value, as with every setting. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Takes what a driver or ORM keeps for itself out of a URI's query (`?schema=app&max=5`); everything else stays as it is written, but that a
 * "=" within a value, which every driver takes and libpq does not, is encoded. A text in another form, or one whose query does not parse, is
 * left to `parseConnectionString`.
 *
 * @param isTaken whether a parameter is the driver's; its value is as it is written, percent-encoded.
 * @throws AzurePgError `INVALID_CONNECTION_STRING` for broken percent-encoding in a value that is taken.
 */
export function takeParameters(
  text: string,
  isTaken: (name: string, value: string) => boolean,
): TakenParameters {
  const uri = uriOf(text);
  const question = queryStart(uri);
  if (question < 0) return { text, parameters: {} };
  const taken: [string, string][] = [];
  const kept = uri
    .slice(question + 1)
    .split('&')
    .flatMap((pair) => {
      const [name = '', first, ...more] = pair.split('=');
      if (first === undefined) return [pair];
      const value = [first, ...more].join('%3D');
      // An encoded name is left to libpq: no driver encodes its own.
      if (!isTaken(name, value)) return [`${name}=${value}`];
      taken.push([name, percentDecode(value, theConnectionString)]);
      return [];
    });
  const query = kept.length > 0 ? `?${kept.join('&')}` : '';
  return { text: uri.slice(0, question) + query, parameters: Object.fromEntries(taken) };
}

/** Where the query of a URI begins, or -1. As in libpq, a "?" before the "@" is of the password; a "/" ends that part. */
function queryStart(text: string): number {
  const prefix = uriPrefixLength(text);
  if (prefix === 0) return -1;
  const [userinfo = ''] = /^[^@/]*@/.exec(text.slice(prefix)) ?? [];
  return text.indexOf('?', prefix + userinfo.length);
}
