import { type SettingName, settingNames } from '../table/settings.ts';

/** An option's other spelling: "poolMode" for "pool_mode". */
export const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Options that are not settings: they hold functions or objects, or the string itself. */
export const objectOptionNames = [
  'connectionString',
  'credential',
  'tokenProvider',
  'logger',
  'trustConnectionString',
] as const;

// Option name → setting. Both spellings, and the drivers' word for dbname.
const settingOfOption: ReadonlyMap<string, SettingName> = new Map([
  ...settingNames.map((name) => [name, name] as const),
  ...settingNames.map((name) => [camelCase(name), name] as const),
  ['database', 'dbname'] as const,
]);

/** Every option that `resolveConnection` takes, in both spellings. Adapters use it to tell them from their driver's own. */
export const connectionOptionNames: readonly string[] = Object.freeze([
  ...settingOfOption.keys(),
  ...objectOptionNames,
]);

const names: ReadonlySet<string> = new Set(connectionOptionNames);

/**
 * Whether an option is one that `resolveConnection` takes ("sslmode", "poolMode", "credential", …). For adapters that are given
 * their driver's options and ours in one object.
 */
export function isConnectionOption(name: string): boolean {
  return names.has(name);
}

/** The setting that an option gives; undefined for an unknown one and for those of {@link objectOptionNames}. */
export function settingOf(option: string): SettingName | undefined {
  return settingOfOption.get(option);
}
