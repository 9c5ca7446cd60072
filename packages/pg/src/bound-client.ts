import { CommitClient } from './commit-client.ts';
import { type ClientConfig, poolOnlyOptions } from './options.ts';
import type { ClientClass } from './own-classes.ts';
import { poolConfig } from './pool-config.ts';
import { endingOf, endsWith } from './pool-ending.ts';

/** Where a library believes its connections to go. */
export interface Place {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly database?: string | undefined;
}

/**
 * A class of {@link CommitClient} for a library that knows only some settings of a connection: its clients go where a config says, with all of its settings. What the
 * library gives them counts where it is not what it was told: another host for a replica, a password that a hook has set, an option of pg's.
 *
 * @param config what `poolConfig` or `directConfig` gave.
 * @param place what the library was told of it, and will give to each client.
 * @param ending aborted when the library's pool ends; without it that of the options with which a pool of pg's makes its clients.
 */
export function boundClient(config: ClientConfig, place: Place, ending?: AbortController): ClientClass {
  class BoundClient extends CommitClient {
    constructor(given: ClientConfig = {}) {
      const own = configFor(config, place, given);
      endsWith(own, ending ?? endingOf(given));
      super(own);
    }
  }
  return BoundClient as ClientClass;
}

function configFor(config: ClientConfig, place: Place, given: ClientConfig): ClientConfig {
  const before: Readonly<Record<string, unknown>> = { ...config, ...place };
  // A pool of pg's hides the password from enumeration.
  const now = Object.entries({ ...given, password: given.password });
  const changes = now.filter(
    ([name, value]) => !poolOnlyOptions.has(name) && (value ?? '') !== '' && value !== before[name],
  );
  const { types } = given;
  const read = types === undefined ? {} : { types };
  if (changes.length === 0) return { ...config, password: config.password, ...read } as ClientConfig;
  const changed = Object.fromEntries(changes) as ClientConfig;
  // Another host has an address of its own; and one port, where the config names several hosts.
  const elsewhere = changed.host === undefined ? {} : { port: given.port ?? place.port, hostaddr: '' };
  return poolConfig(config, { ...elsewhere, ...changed, ...read } as ClientConfig);
}
