import { nearestName } from '../parse/nearest-name.ts';
import type { Rows, SettingName } from '../table/settings.ts';
import { settingRow } from '../table/settings.ts';
import { invalidSetting } from './invalid-setting.ts';
import type { GivenSetting, Layers } from './layers.ts';

type OfKind<Kind extends string> = {
  [Name in SettingName]: Rows[Name]['kind'] extends Kind ? Name : never;
}[SettingName];

/** Settings with a few allowed values. */
export type ChoiceName = OfKind<'choice'>;

type Or<Name extends SettingName, Value> =
  | Value
  | (Rows[Name] extends { readonly default: unknown } ? never : undefined);

/**
 * One of the values of the setting's row, or its default.
 *
 * @throws AzurePgError `INVALID_SETTING` for any other word.
 */
export function choice<Name extends ChoiceName>(
  layers: Layers,
  name: Name,
): Or<Name, Rows[Name]['values'][number]> {
  type Value = Or<Name, Rows[Name]['values'][number]>;
  const { values = [], anyCase, default: unsaid } = settingRow(name);
  const given = givenValue(layers, name);
  if (given === undefined) return unsaid as Value;
  const written = anyCase ? given.value.toLowerCase() : given.value;
  const found = values.find((word) => (anyCase ? word.toLowerCase() : word) === written);
  if (found !== undefined) return found as Value;
  const near = nearestName(given.value, values);
  throw invalidSetting(
    name,
    given,
    `it must be one of ${values.join(', ')}`,
    near === undefined ? undefined : `Did you mean "${near}"?`,
  );
}

/**
 * A whole number as libpq's pqParseIntParam reads it, blanks around it allowed, within the range of the setting's row; or its default.
 *
 * @throws AzurePgError `INVALID_SETTING` for anything else; an empty value counts as invalid, as in libpq.
 */
export function integer<Name extends OfKind<'integer'>>(layers: Layers, name: Name): Or<Name, number> {
  const { range, default: unsaid } = settingRow(name);
  const given = givenValue(layers, name);
  if (given === undefined) return unsaid as Or<Name, number>;
  const value = parseInteger(given.value);
  const [least, greatest] = range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (value === undefined || value < least || value > greatest) {
    const words = range === undefined ? '' : ` from ${least} to ${greatest}`;
    throw invalidSetting(name, given, `it must be a whole number${words}`);
  }
  return value;
}

/** A decimal number within 32 bits, with blanks around it. */
export function parseInteger(text: string): number | undefined {
  const digits = text.trim();
  if (digits.length > 20 || !/^[+-]?\d+$/.test(digits)) return undefined;
  const value = Number(digits);
  return Math.abs(value) <= 2_147_483_647 ? value + 0 : undefined;
}

/**
 * true/false and the other spellings that PostgreSQL takes for a boolean, or the default of the setting's row.
 *
 * @throws AzurePgError `INVALID_SETTING` for anything else.
 */
export function switchValue<Name extends OfKind<'flag' | 'switch'>>(
  layers: Layers,
  name: Name,
): Or<Name, boolean> {
  const given = givenValue(layers, name);
  if (given === undefined) return settingRow(name).default as Or<Name, boolean>;
  const word = given.value.toLowerCase();
  if (['true', '1', 'on', 'yes'].includes(word)) return true;
  if (['false', '0', 'off', 'no'].includes(word)) return false;
  throw invalidSetting(name, given, 'it must be true or false');
}

function givenValue(layers: Layers, name: SettingName): GivenSetting | undefined {
  const given = layers.get(name);
  return given?.value === '' && settingRow(name).emptyIsUnset ? undefined : given;
}
