import { nearestName } from '../parse/nearest-name.ts';
import type { SettingName } from '../parse/setting-names.ts';
import { invalidSetting } from './invalid-setting.ts';
import type { Layers } from './layers.ts';

/** One of a few words. An empty value is not one of them, as in libpq. */
export function choice<const T extends string>(
  layers: Layers,
  name: SettingName,
  allowed: readonly T[],
): T | undefined {
  const given = layers.get(name);
  if (given === undefined) return undefined;
  const found = allowed.find((word) => word === given.value);
  if (found !== undefined) return found;
  const near = nearestName(given.value, allowed);
  throw invalidSetting(
    name,
    given,
    `it must be one of ${allowed.join(', ')}`,
    near === undefined ? undefined : `Did you mean "${near}"?`,
  );
}

/** libpq's pqParseIntParam: a decimal number with blanks around it, within 32 bits. An empty value counts as invalid, as in libpq. */
export function integer(
  layers: Layers,
  name: SettingName,
  least: number = -2_147_483_648,
  greatest: number = 2_147_483_647,
): number | undefined {
  const given = layers.get(name);
  if (given === undefined) return undefined;
  const value = parseInteger(given.value);
  if (value === undefined || value < least || value > greatest) {
    const range =
      least < 0 && greatest === 2_147_483_647
        ? 'a whole number'
        : `a whole number from ${least} to ${greatest}`;
    throw invalidSetting(name, given, `it must be ${range}`);
  }
  return value;
}

export function parseInteger(text: string): number | undefined {
  const digits = text.trim();
  if (digits.length > 20 || !/^[+-]?\d+$/.test(digits)) return undefined;
  const value = Number(digits);
  return Math.abs(value) <= 2_147_483_647 ? value + 0 : undefined;
}

/** true/false and the other spellings that PostgreSQL takes for a boolean. */
export function switchValue(layers: Layers, name: SettingName): boolean | undefined {
  const given = layers.get(name);
  if (given === undefined) return undefined;
  const word = given.value.toLowerCase();
  if (['true', '1', 'on', 'yes'].includes(word)) return true;
  if (['false', '0', 'off', 'no'].includes(word)) return false;
  throw invalidSetting(name, given, 'it must be true or false');
}
