import type { ConnectionSecrets } from '../../connection/connection-secrets.ts';
import type { PasswordFunction } from '../../connection/password-function.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { Logger } from '../../notices/logger.ts';
import { isPem } from '../../tls/certificate-file.ts';
import { hintForUnknown } from '../parse/unknown-setting.ts';
import { type SettingName, settingRow } from '../table/settings.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { Layers } from './layers.ts';
import { connectionOptionNames, objectOptionNames, settingOf } from './option-names.ts';
import { plainPem } from './plain-pem.ts';
import { unknownOption } from './unknown-option.ts';
import { withoutWhiteSpace } from './white-space.ts';

/** What options give in addition to settings. */
export interface ObjectOptions {
  readonly connectionString: string | undefined;
  readonly passwordFunction: PasswordFunction | undefined;
  readonly credential: ConnectionSecrets['credential'];
  readonly tokenProvider: ConnectionSecrets['tokenProvider'];
  readonly logger: Logger | undefined;
  readonly trustConnectionString: boolean | undefined;
}

function invalidOption(name: string, problem: string, hint?: string): AzurePgError {
  return new AzurePgError('INVALID_SETTING', `Invalid option "${name}": ${problem}`, {
    hint,
    setting: name,
    source: 'options',
  });
}

/** Puts an options object's settings into the layers and gives the rest. Options of undefined count as not given. */
export function readOptions(options: ConnectionOptions, layers: Layers): ObjectOptions {
  try {
    return readObject(options, layers);
  } catch (cause) {
    if (cause instanceof AzurePgError) throw cause;
    // A getter or a proxy.
    throw new AzurePgError('INVALID_SETTING', 'The connection options cannot be read', { cause });
  }
}

function readObject(options: ConnectionOptions, layers: Layers): ObjectOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new AzurePgError('INVALID_SETTING', 'Connection options must be an object');
  }
  const objects: Record<string, unknown> = {};
  const spelled = new Map<SettingName, string>();
  for (const [name, value] of ownEntries(options)) {
    if (value === undefined) continue;
    if ((objectOptionNames as readonly string[]).includes(name)) {
      objects[name] = value;
      continue;
    }
    const setting = settingOf(name);
    if (setting === undefined) throw unknownOption(name, hintForUnknown(name, connectionOptionNames));
    const twin = spelled.get(setting);
    if (twin !== undefined) {
      throw invalidOption(name, `it duplicates "${twin}"`, 'Give one of the two.');
    }
    spelled.set(setting, name);
    if (setting === 'password' && typeof value === 'function') {
      objects.passwordFunction = value;
      continue;
    }
    layers.add(setting, settingText(name, setting, value), 'options', `the option "${name}"`);
  }
  return {
    connectionString: expect(objects, 'connectionString', isString, 'a string'),
    passwordFunction: objects.passwordFunction as ObjectOptions['passwordFunction'],
    credential: expect(objects, 'credential', isCredential, 'a TokenCredential: an object with getToken()'),
    tokenProvider: expect(objects, 'tokenProvider', isFunction<() => Promise<string>>, 'a function'),
    trustConnectionString: expect(objects, 'trustConnectionString', isBoolean, 'true or false'),
    logger: expect(objects, 'logger', isLogger, 'an object or function with debug(), info() or warn()'),
  };
}

/**
 * What an object itself holds. A URL object, a Map or an instance with getters alone holds nothing: taken for "nothing is given", it would
 * mean the server of the environment, or this machine.
 */
function ownEntries(options: object): [string, unknown][] {
  const entries = Object.entries(options) as [string, unknown][];
  const prototype: unknown = entries.length > 0 ? null : Object.getPrototypeOf(options);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new AzurePgError('INVALID_SETTING', 'The connection options hold no own properties', {
      hint: 'Give a connection string (the href of a URL object), or a plain object.',
    });
  }
  return entries;
}

/** A list's elements are joined as its setting's own text form joins them. */
function settingText(name: string, setting: SettingName, value: unknown): string {
  if (!Array.isArray(value)) return scalarText(name, setting, value);
  const { kind, separator = ',' } = settingRow(setting);
  if (kind !== 'list' && kind !== 'ports') throw invalidOption(name, 'it does not take a list');
  const elements = value.map((element: unknown) => scalarText(name, setting, element));
  if (separator === ',' && elements.some((element) => element.includes(','))) {
    throw invalidOption(name, 'an element of the list contains a comma');
  }
  return elements.join(separator);
}

function scalarText(name: string, setting: SettingName, value: unknown): string {
  if (typeof value === 'string') return plainPem(setting, withoutWhiteSpace(setting, value));
  // A file as it was read; nothing in PEM needs more than one byte.
  if (value instanceof Uint8Array && settingRow(setting).pem) {
    const text = plainPem(setting, Buffer.from(value).toString('latin1'));
    if (isPem(text)) return text;
    throw invalidOption(name, 'the bytes given are not PEM text');
  }
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value === 'boolean') {
    if (settingRow(setting).kind === 'flag') return value ? '1' : '0';
    return String(value);
  }
  throw invalidOption(name, `a value of type ${value === null ? 'null' : typeof value} is not possible`);
}

function expect<T>(
  objects: Record<string, unknown>,
  name: string,
  is: (value: unknown) => value is T,
  what: string,
): T | undefined {
  const value = objects[name];
  if (value === undefined) return undefined;
  if (!is(value)) throw invalidOption(name, `it must be ${what}`);
  return value;
}

const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isString = (value: unknown): value is string => typeof value === 'string';
const isFunction = <T>(value: unknown): value is T => typeof value === 'function';
const isLogger = (value: unknown): value is Logger =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';
const isCredential = (value: unknown): value is NonNullable<ConnectionSecrets['credential']> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { getToken?: unknown }).getToken === 'function';
