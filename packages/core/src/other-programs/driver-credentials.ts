import { isIP } from 'node:net';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { resolveConnection } from '../settings/resolve/resolve-connection.ts';
import { tlsOptions } from './driver-tls.ts';
import { type DemandingSetting, refuseLost } from './refuse-lost.ts';
import { assertTransferable, signInSync, type TransferableOptions } from './sign-in-sync.ts';

/** The options with which pg and postgres.js open their own connections, and tools that pass them on. */
export interface DriverCredentials {
  readonly host: string;
  readonly port: number;
  /** Signs in when first read: a command that needs no database asks for no token. */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl: boolean | TlsOptions;
}

/** What `host` and `ssl` can tell a driver. */
const able: readonly DemandingSetting[] = [
  'hostaddr',
  'ssl_server_name',
  'trust',
  'sslcert',
  'sslcertmode',
  'sslcrl',
  'sslcrldir',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
];

/**
 * Everything that a driver needs to open its own connection to the server itself (the first host, past the pooler), without a promise: where,
 * TLS that it really verifies, and user and password, which are obtained when they are first read. For configs that are read
 * synchronously; a token in them is not renewed.
 *
 * @param input a connection string, options, or nothing: the environment says everything.
 * @param options win over `input`.
 * An empty connection string is refused when one of them is read: commands that need no database run without one.
 *
 * @throws AzurePgError at once `INVALID_CONNECTION_STRING`, `INVALID_SETTING` (also for a function or credential object, and for what drivers
 * cannot do by themselves: `channel_binding=require`, `require_auth`, `sslnegotiation=direct`, `sslsni=0`),
 * `INSECURE_CONNECTION`, `HOST_NOT_ALLOWED`, `CERTIFICATE_FILE`; on reading user or password what obtaining a token throws.
 */
export function driverCredentials(
  input?: string | TransferableOptions,
  options: TransferableOptions = {},
): DriverCredentials {
  assertTransferable({ ...(typeof input === 'object' ? input : {}), ...options });
  if (isEmptyText(input)) return whenRead(() => driverCredentialsOf(input, options));
  return driverCredentialsOf(input, options);
}

/** A variable without a value: a secret that a pipeline does not have, where it may need none. */
const isEmptyText = (input: unknown): boolean => typeof input === 'string' && input.trim() === '';

/** Refuses not when a config is loaded, but when what it says is needed. */
function whenRead(read: () => DriverCredentials): DriverCredentials {
  const names: readonly (keyof DriverCredentials)[] = ['host', 'port', 'user', 'password', 'database', 'ssl'];
  const getters = names.map((name) => [name, { enumerable: true, get: () => read()[name] }] as const);
  return Object.defineProperties({}, Object.fromEntries(getters)) as DriverCredentials;
}

function driverCredentialsOf(
  input: string | TransferableOptions | undefined,
  options: TransferableOptions,
): DriverCredentials {
  const connection = resolveConnection(input, options).direct();
  const [host] = connection.hosts;
  if (host === undefined) throw new TypeError('A connection has a host');
  const address = host.hostaddr ?? host.host;
  // Left to themselves drivers send the name of the host that they are given, whatever the options say; of an address they send none.
  refuseLost(
    connection,
    'A driver that opens its own connections',
    isIP(address) === 0 ? able : [...able, 'sslsni'],
  );
  let known: { user: string; password: string } | undefined;
  const signIn = (): { user: string; password: string } => {
    known ??= signInSync(input, options);
    return known;
  };
  const credentials: DriverCredentials = {
    host: address,
    port: host.port,
    get user() {
      return signIn().user;
    },
    get password() {
      return signIn().password;
    },
    get database() {
      return connection.database ?? signIn().user;
    },
    ssl: tlsOptions(connection),
  };
  return Object.defineProperty(credentials, 'toJSON', { value: () => connection.toJSON() });
}
