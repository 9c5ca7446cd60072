import { isSecretSetting, type SettingName } from '../table/settings.ts';

/**
 * A value of an option or a variable without the white space that files of secrets and copying leave around it. A password keeps it, which may
 * be part of it, and `options`, which has a grammar; the name of a role or database loses line breaks at its end alone.
 */
export function withoutWhiteSpace(name: SettingName, value: string): string {
  if (isSecretSetting(name) || name === 'options') return value;
  return name === 'user' || name === 'dbname' ? withoutLineBreaks(value) : value.trim();
}

function withoutLineBreaks(value: string): string {
  let end = value.length;
  while (end > 0 && '\r\n'.includes(value.charAt(end - 1))) end--;
  return value.slice(0, end);
}
