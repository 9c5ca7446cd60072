import type { AzureConnection } from '../../connection/connection.ts';
import type { SettingSource } from '../../errors/setting-source.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import { settingOf } from '../gather/option-names.ts';
import { isSettingName, type SettingName } from '../table/settings.ts';
import { type Build, twinOf } from './direct-and-pooled.ts';
import { printConnection } from './print-connection.ts';

/** What a connection has in addition to methods. */
export type ConnectionSettings = Omit<
  AzureConnection,
  'logger' | 'sourceOf' | 'direct' | 'pooled' | 'toString' | 'toJSON'
>;

/**
 * Adds the methods. They are not enumerable, so that spreading or comparing a connection sees only its settings.
 *
 * @param build makes the same connection with or without the pooler.
 */
export function addMethods(
  settings: ConnectionSettings,
  gathered: GatheredSettings,
  derived: Readonly<Record<string, SettingSource>>,
  build: Build,
): AzureConnection {
  const connection = { ...settings } as unknown as AzureConnection;
  const sourceOf = (name: string): SettingSource | undefined => {
    const setting = settingOf(name);
    if (setting === undefined || !isSettingName(setting)) return undefined;
    const given = gathered.layers.get(setting);
    if (setting === 'password' && gathered.passwordFunction !== undefined) return 'options';
    return given?.source ?? derived[setting] ?? 'default';
  };
  const toJSON = (): Record<string, unknown> => ({
    ...settings,
    sources: Object.fromEntries(
      [...gathered.layers.entries()].map(([name, given]: [SettingName, { source: SettingSource }]) => [
        name,
        given.source,
      ]),
    ),
  });
  const methods = {
    // A logger may hold anything; it is reachable and not shown.
    logger: gathered.logger,
    sourceOf,
    direct: () => twinOf(connection, gathered, 'direct', build),
    pooled: () => twinOf(connection, gathered, 'pooled', build),
    toString: () => printConnection(connection, gathered),
    toJSON,
    [Symbol.for('nodejs.util.inspect.custom')]: (
      _depth: number,
      options: object,
      inspect: (value: unknown, options: object) => string,
    ) => `AzureConnection ${inspect(toJSON(), options)}`,
  };
  for (const key of Reflect.ownKeys(methods)) {
    Object.defineProperty(connection, key, { value: methods[key as keyof typeof methods] });
  }
  return connection;
}
