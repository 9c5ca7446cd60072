import { AzurePgError } from '../../errors/azure-pg-error.ts';
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
 * @throws AzurePgError `INVALID_SETTING` where a password beside another host would go to the string's.
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
  if (differ.some(([name]) => name === 'host') && left.some(([name]) => name === 'password'))
    throw elsewhere();
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

/** The password was meant for the host beside it. */
function elsewhere(): AzurePgError {
  return new AzurePgError(
    'INVALID_SETTING',
    'The connection string names another host than the option "host", and the password stands beside that one: it would go to the connection string’s',
    {
      hint: 'Leave one of the two hosts out, or write the password where its host is.',
      setting: 'password',
      source: 'options',
    },
  );
}
