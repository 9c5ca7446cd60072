import { libpqSettings } from './libpq-settings.ts';
import { ownSettings } from './own-settings.ts';
import type { SettingRow } from './setting-row.ts';

/** A keyword of libpq's or a setting of ours, as a connection string spells it. */
export type SettingName = keyof Rows;

/** The rows as they are written, for types that follow from them. */
export type Rows = typeof libpqSettings & typeof ownSettings;

const rows: Readonly<Record<SettingName, SettingRow>> = { ...libpqSettings, ...ownSettings };

/** Every setting, libpq's first. */
export const settingNames: readonly SettingName[] = Object.freeze(Object.keys(rows) as SettingName[]);

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(rows, name);
}

export function settingRow(name: SettingName): SettingRow {
  return rows[name];
}

/** The value of this setting is never shown. */
export function isSecretSetting(name: string): boolean {
  return isSettingName(name) && rows[name].secret === true;
}

/** Environment variable → setting. */
export const settingVariables: readonly (readonly [variable: string, SettingName])[] = settingNames.flatMap(
  (name) => {
    const { variable } = rows[name];
    return variable === undefined ? [] : [[variable, name] as const];
  },
);
