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

/** What other libraries pass along may be one, too. */
const isSecret = (name: string): boolean =>
  secretOptions.includes(name) || /token|secret|pass|pwd|credential|dsn|(?:key|ur[il])$/i.test(name);

/** A property that is computed each time that it is read. */
type Computed = Required<Pick<PropertyDescriptor, 'get' | 'set'>>;

/**
 * Keeps secrets out of what `util.inspect` and `JSON.stringify` print of a pool or config; reading and spreading its options still works.
 *
 * @returns a copy. Accessors put on the object itself would make it a slow one for V8, and pg-pool reads it with every query.
 */
export function hideSecrets<Options extends pg.PoolConfig>(
  options: Options,
  connection: AzureConnection,
  computed: Readonly<Record<string, Computed>> = {},
): Options {
  const copy = {} as Options;
  for (const name of Reflect.ownKeys(options)) {
    const property = Object.getOwnPropertyDescriptor(options, name) as PropertyDescriptor;
    const { enumerable = false, configurable = false, value } = property;
    const own = computed[String(name)] ?? (isSecret(String(name)) ? behindAccessor(value) : undefined);
    Object.defineProperty(copy, name, own === undefined ? property : { ...own, enumerable, configurable });
  }
  return Object.defineProperty(copy, 'toJSON', { value: () => connection.toJSON(), configurable: true });
}

function behindAccessor(first: unknown): Computed {
  let value = first;
  return {
    get: () => value,
    set: (changed: unknown) => {
      value = changed;
    },
  };
}

/** Gives every connection of a pool a different lifetime, where the user set none: pg-pool asks for it once per connection. */
export function spreadLifetimes(
  given: PoolConfig,
  connection: AzureConnection,
): { maxLifetimeSeconds?: Computed } {
  const { maxLifetime } = poolDefaults(connection);
  if (maxLifetime === undefined || given.maxLifetimeSeconds !== undefined) return {};
  const { get, set } = behindAccessor(undefined);
  return { maxLifetimeSeconds: { get: () => get() ?? jittered(maxLifetime), set } };
}
