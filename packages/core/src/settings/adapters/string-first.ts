import { warnOnce } from '../../notices/warn-once.ts';
import type { ConnectionOptions } from '../gather/connection-options.ts';
import { parseText } from '../parse/parse-text.ts';
import { theConnectionString } from '../parse/syntax-error.ts';

/** What a connection string can say of where to go and as whom: the option's names, and the setting's. */
const said = [
  ['host', 'host'],
  ['port', 'port'],
  ['user', 'user'],
  ['database', 'dbname'],
  ['dbname', 'dbname'],
  ['password', 'password'],
] as const;

/**
 * For a driver whose connection string wins over its options: leaves out the options that say where to go and as whom, where the string says it. Libraries fill in
 * `host: 'localhost'` beside a string. Where the two differ, one warning says which of them counts. A function for the password stays.
 *
 * @param changed options that were given later than the string, and win.
 */
export function stringFirst(
  options: ConnectionOptions,
  changed: (name: string) => boolean = () => false,
): ConnectionOptions {
  const { connectionString, ...rest } = options;
  const given = said.filter(
    ([name]) => options[name] !== undefined && typeof options[name] !== 'function' && !changed(name),
  );
  if (given.length === 0 || typeof connectionString !== 'string' || connectionString.trim() === '') {
    return options;
  }
  const text = parseText(connectionString, theConnectionString);
  const lost = given.filter(([, setting]) => text[setting] !== undefined);
  const left = Object.entries(rest).filter(([name]) => !lost.some(([each]) => each === name));
  const differ = lost.filter(([name, setting]) => String(options[name]) !== text[setting]);
  if (differ.length > 0) {
    const names = differ.map(([name]) => name).join(', ');
    warnOnce(
      options.logger,
      `connectionString beside ${names}`,
      `The connection string says something else than the options beside it (${names}), and counts. Leave one of the two out.`,
    );
  }
  return { connectionString, ...Object.fromEntries(left) };
}
