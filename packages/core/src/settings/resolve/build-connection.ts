import { endpointOf, isAzureHost } from '../../azure/endpoint.ts';
import { isThisMachine } from '../../azure/token-host.ts';
import type { AzureConnection, TcpSettings } from '../../connection/connection.ts';
import { attachSecrets } from '../../connection/connection-secrets.ts';
import type { SettingSource } from '../../errors/setting-source.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import { passfileOf } from '../gather/passfile.ts';
import { choice, integer, parseInteger, switchValue } from '../gather/setting-values.ts';
import { addMethods } from './connection-methods.ts';
import { resolveEntra } from './entra-settings.ts';
import { resolveHosts } from './hosts.ts';
import { resolvePooling } from './pooling-settings.ts';
import { resolveRequireAuth } from './require-auth.ts';
import { operatingSystemUser, resolveSignIn } from './sign-in-settings.ts';
import { assertPoolerTakes, resolveStartupParameters } from './startup-parameters.ts';
import { resolveTls } from './tls-settings.ts';
import { refuseForeignAddress, refuseWidenedTrust } from './trusted-settings.ts';
import { probeSetting, refuseUnsupported } from './unsupported-settings.ts';

/** Seconds; beyond it setTimeout fires at once. */
const longestTimeout = 2_147_483;

/** Derives the connection from what was gathered and freezes it. */
export function buildConnection(gathered: GatheredSettings): AzureConnection {
  const { layers } = gathered;
  const hosts = resolveHosts(layers);
  const first = hosts[0] as (typeof hosts)[number];
  const azure = hosts.some(({ host }) => isAzureHost(host));
  refuseUnsupported(layers, hosts);
  // Azure's portal and older samples write ssl=true. There it must at least verify.
  if (azure && layers.get('sslmode')?.anyTls) layers.remove('sslmode');
  const { auth, secrets } = resolveSignIn(gathered, hosts);
  const { entra, sources: entraSources } = resolveEntra(gathered, hosts, auth);
  refuseWidenedTrust(gathered);
  // A password from a vault is worth as much as a token.
  const kept = auth === 'keyvault' && !hosts.every((host) => isThisMachine(host));
  const strict = azure || auth === 'entra' || kept;
  const tls = resolveTls(layers, strict);
  if (auth === 'entra') refuseForeignAddress(gathered, hosts, tls);
  const { pooling, source: poolingSource } = resolvePooling(layers, hosts);
  const channelBinding = choice(layers, 'channel_binding');
  if (channelBinding === 'require' && auth === 'entra') {
    throw invalidSetting(
      'channel_binding',
      layers.get('channel_binding'),
      '"require" needs SCRAM, and an Entra token is sent as a password',
    );
  }
  const user = layers.value('user') ?? (auth === 'entra' ? undefined : operatingSystemUser());
  const database = databaseOf(gathered);
  const settings = {
    hosts,
    endpoint: endpointOf(first.host, first.port),
    database,
    user,
    auth,
    entra,
    tls,
    pooling,
    sendToken: choice(layers, 'send_token'),
    sessionFeatures: choice(layers, 'session_features'),
    startupParameters: resolveStartupParameters(gathered),
    connectTimeout: milliseconds(integer(layers, 'connect_timeout')),
    connectRetryTimeout: milliseconds(integer(layers, 'connect_retry_timeout')),
    silenceCheckAfter: milliseconds(integer(layers, 'silence_check_after')),
    tcp: resolveTcp(gathered),
    targetSessionAttrs: choice(layers, 'target_session_attrs'),
    loadBalanceHosts: choice(layers, 'load_balance_hosts'),
    requireAuth: resolveRequireAuth(layers, auth),
    channelBinding,
    scramMaxIterations: integer(layers, 'scram_max_iterations'),
    passfile: auth === 'password' ? passfileOf(gathered) : undefined,
    directPort: integer(layers, 'direct_port'),
    pooledPort: integer(layers, 'pooled_port'),
  } as const;
  for (const [name, value] of Object.entries(settings.startupParameters)) {
    const from = layers.get(name as 'options')?.from ?? 'the environment';
    assertPoolerTakes(settings, { [name]: value }, from);
  }
  const derived: Record<string, SettingSource> = {
    ...entraSources,
    auth: 'derived',
    pool_mode: poolingSource,
    ...(strict || tls.mode === 'verify-full' ? { sslmode: 'derived' } : {}),
    ...(user === undefined ? { user: 'derived' } : {}),
  };
  const connection = addMethods(settings, gathered, derived, buildConnection);
  attachSecrets(connection, secrets);
  return Object.freeze(connection);
}

/** 0 and less mean no deadline, as in libpq. A timer cannot run for longer than 24.8 days. */
function milliseconds<Seconds extends number | undefined>(seconds: Seconds): Seconds {
  if (seconds === undefined) return seconds;
  return (Math.min(Math.max(0, seconds), longestTimeout) * 1000) as Seconds;
}

function databaseOf({ layers }: GatheredSettings): string | undefined {
  const database = layers.value('dbname');
  // psql takes a whole connection string here; printed as a database's name it would show its password.
  if (database !== undefined && /^postgres(?:ql)?:\/\/|(?:^|\s)(?:host|user|password)\s*=/.test(database)) {
    throw invalidSetting(
      'dbname',
      layers.get('dbname'),
      'it is a connection string',
      'Give it as the connection string itself.',
    );
  }
  return database;
}

function resolveTcp({ layers }: GatheredSettings): TcpSettings {
  const written = layers.value('keepalives');
  // libpq: any number but 0 switches them on.
  const number = written === undefined ? 1 : parseInteger(written);
  const keepalivesIdle = Math.max(0, integer(layers, 'keepalives_idle'));
  return Object.freeze({
    keepalives: number === undefined ? switchValue(layers, 'keepalives') === true : number !== 0,
    keepalivesIdle,
    keepalivesInterval: probeSetting(layers, 'keepalives_interval', keepalivesIdle),
    keepalivesCount: probeSetting(layers, 'keepalives_count', keepalivesIdle),
  });
}
