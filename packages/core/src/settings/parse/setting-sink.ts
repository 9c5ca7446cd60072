import { AzurePgError, type AzurePgErrorCode } from '../../errors/azure-pg-error.ts';
import { isSettingName } from '../table/settings.ts';
import { type TextOrigin, theConnectionString } from './syntax-error.ts';
import { hintForUnknown } from './unknown-setting.ts';

/** What a text says: setting → value, only those present, the last one winning. */
export type ParsedSettings = Record<string, string>;

/** How the two grammars are read: where the text came from, and the code for a name that nobody knows. */
export interface ParseContext {
  readonly origin: TextOrigin;
  readonly unknownCode: AzurePgErrorCode;
  readonly notes: ParseNotes;
}

/** What a text says beyond libpq's settings. */
export interface ParseNotes {
  /** Its last mention of sslmode is `ssl=true`. */
  anyTls?: boolean;
}

/**
 * libpq's conninfo_storeval: `requiressl` is an old spelling of sslmode, everything else must be a known setting.
 * `quotable` says that the name cannot be a piece of a password that was not quoted or encoded, and may be shown.
 */
export function storeSetting(
  settings: ParsedSettings,
  name: string,
  value: string,
  context: ParseContext,
  quotable: () => boolean,
): void {
  if (name === 'sslmode' || name === 'requiressl') context.notes.anyTls = false;
  if (isSettingName(name)) {
    settings[name] = value;
  } else if (name === 'requiressl') {
    settings.sslmode = value.startsWith('1') ? 'require' : 'prefer';
  } else {
    throw unknownSetting(name, context, quotable());
  }
}

function unknownSetting(name: string, context: ParseContext, quotable: boolean): AzurePgError {
  const shown = quotable && /^[a-z][\w.-]{0,39}$/i.test(name);
  return new AzurePgError(
    context.unknownCode,
    shown
      ? `Unknown setting "${name}" in ${context.origin}`
      : `Unknown setting in ${context.origin} (not quoted: it may be a piece of a password)`,
    {
      hint: shown
        ? hintForUnknown(name)
        : 'Percent-encode special characters in a URI, and quote values with spaces in keyword/value form.',
      docs: 'https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-PARAMKEYWORDS',
      setting: shown ? name : undefined,
      source: context.origin === theConnectionString ? 'connection string' : 'environment',
    },
  );
}
