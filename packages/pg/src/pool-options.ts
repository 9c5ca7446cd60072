import { type AzureConnection, AzurePgError } from '@azure-pg/core';
import { jittered, poolDefaults } from '@azure-pg/core/adapter';
import type pg from 'pg';
import { type PoolConfig, secretOptions } from './options.ts';
import { type ClientClass, isClientClass } from './own-classes.ts';

/** pg-pool's options: what the user gave, over the defaults for Azure and poolers, over pg-pool's own. */
export function poolOptions(
  given: PoolConfig,
  connection: AzureConnection,
  Client: ClientClass,
): pg.PoolConfig {
  if (isForeignClient(given.Client)) {
    throw new AzurePgError(
      'INVALID_SETTING',
      'Invalid option "Client": the class does not extend the Client of this library',
      {
        hint: 'It would connect by itself, without a token. Extend the Client of @azure-pg/pg, or leave the option out.',
      },
    );
  }
  const { max, idleTimeout, maxLifetime } = poolDefaults(connection);
  const told = Object.entries({ ...given, password: given.password }).filter(
    // null says "no idle timeout" to pg-pool.
    ([name, value]) => value !== undefined && (value !== null || name === 'idleTimeoutMillis'),
  );
  return {
    Client: Client as unknown as new () => pg.ClientBase,
    ...(max === undefined || 'poolSize' in given ? {} : { max }),
    ...(idleTimeout === undefined ? {} : { idleTimeoutMillis: idleTimeout * 1000 }),
    ...(maxLifetime === undefined ? {} : { maxLifetimeSeconds: jittered(maxLifetime) }),
    ...Object.fromEntries(told),
  };
}

/** Whether this is a class of pg's or pg-native's that is not ours. Anything else, such as a test's mock, is up to the program. */
function isForeignClient(value: unknown): boolean {
  if (typeof value !== 'function' || isClientClass(value)) return false;
  const { prototype } = value;
  return ['getStartupConf', 'setTypeParser'].some((name) => name in (prototype ?? {}));
}

/** Gives every connection of a pool a different lifetime, where the user set none: pg-pool asks for it once per connection. */
export function spreadLifetimes(
  options: pg.PoolOptions,
  given: PoolConfig,
  connection: AzureConnection,
): void {
  const { maxLifetime } = poolDefaults(connection);
  if (maxLifetime === undefined || given.maxLifetimeSeconds !== undefined) return;
  let own: unknown;
  computed(
    options,
    'maxLifetimeSeconds',
    () => own ?? jittered(maxLifetime),
    (value) => {
      own = value;
    },
  );
}

/** What other libraries pass along may be one, too. */
const isSecret = (name: string): boolean =>
  secretOptions.includes(name) || /token|secret|pass|pwd|credential|dsn|(?:key|ur[il])$/i.test(name);

/** Keeps secrets out of what `util.inspect` and `JSON.stringify` print of a pool or config; reading and spreading its options still works. */
export function hideSecrets(options: pg.PoolConfig, connection: AzureConnection): void {
  for (const name of Object.keys(options).filter(isSecret)) {
    let value: unknown = options[name as keyof pg.PoolConfig];
    computed(
      options,
      name,
      () => value,
      (changed) => {
        value = changed;
      },
    );
  }
  Object.defineProperty(options, 'toJSON', { value: () => connection.toJSON(), configurable: true });
}

function computed(options: object, name: string, get: () => unknown, set: (value: unknown) => void): void {
  Object.defineProperty(options, name, { get, set, enumerable: true, configurable: true });
}
