import { AzurePgError } from '../errors/azure-pg-error.ts';

/** A connection string without some parameters, and these. */
export interface TakenParameters {
  readonly text: string;
  /** Decoded; of equals the last one. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Takes a driver's or an ORM's own parameters out of a URI's query (`?max=5&schema=shop`), for the connection knows nothing of them. The
 * others stay as they are written, and a keyword/value string stays whole.
 *
 * @throws AzurePgError `INVALID_SETTING` for a value whose percent-encoding is broken.
 */
export function takeParameters(text: string, names: ReadonlySet<string>): TakenParameters {
  const question = /^\s*postgres(ql)?:\/\//.test(text) ? text.indexOf('?') : -1;
  if (question < 0) return { text, parameters: {} };
  const parameters: Record<string, string> = {};
  const kept = text
    .slice(question + 1)
    .split('&')
    .filter((pair) => {
      const [name = '', ...value] = pair.split('=');
      if (!names.has(name)) return true;
      parameters[name] = decoded(name, value.join('='));
      return false;
    });
  return { text: text.slice(0, question) + (kept.length > 0 ? `?${kept.join('&')}` : ''), parameters };
}

function decoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new AzurePgError(
      'INVALID_SETTING',
      `Invalid "${name}" in the connection string: its percent-encoding is broken`,
    );
  }
}
