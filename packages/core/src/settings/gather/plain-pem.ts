import { pemText } from '../../tls/pem-text.ts';
import { type SettingName, settingRow } from '../table/settings.ts';

/** Where a text has PEM in it, a line beside it names a file or folder when it looks like nothing else. */
const namesFile = (line: string): boolean =>
  /^(?:system|(?:\/|\.{1,2}[\\/]|[a-z]:[\\/]).+|[^\s#=:]+\.(?:pem|crt|cer))$/i.test(line);

/** PEM text in the form in which everything after this reads it. Any other value stays as it is. */
export function plainPem(name: SettingName, value: string): string {
  const { pem, kind } = settingRow(name);
  return (pem && pemText(value, kind === 'list' ? namesFile : undefined)) || value;
}
