import { userInfo } from 'node:os';
import { isAzureHost } from '../../azure/endpoint.ts';
import { isLoopback } from '../../azure/token-host.ts';
import type { Auth, Host } from '../../connection/connection.ts';
import type { ConnectionSecrets } from '../../connection/connection-secrets.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { Layers } from '../gather/layers.ts';
import { choice } from '../gather/setting-values.ts';

/** `password=keyvault:https://VAULT.vault.azure.net/secrets/NAME`. */
export const keyVaultPrefix: string = 'keyvault:';

/** How the sign-in is proven, and with which secrets. */
export interface ResolvedSignIn {
  readonly auth: Auth;
  readonly secrets: ConnectionSecrets;
}

/**
 * auth, as written; else by what there is: a password means "password" (`keyvault:https://…` means "keyvault"), an Azure host
 * without one "entra", another host "password", which is the drivers' usual way. A credential in the options means "entra", except
 * for a host that is not Azure's and has a password, or is loopback: one line of code serves production and development.
 */
export function resolveSignIn(gathered: GatheredSettings, hosts: readonly Host[]): ResolvedSignIn {
  const { layers, passwordFunction, credential, tokenProvider } = gathered;
  const written = layers.value('password');
  const explicit = choice(layers, 'auth');
  const azure = hosts.some(({ host }) => isAzureHost(host));
  const ownTokens = credential !== undefined || tokenProvider !== undefined;
  const optionPassword =
    passwordFunction !== undefined || (written !== undefined && layers.get('password')?.source === 'options');
  if (credential !== undefined && tokenProvider !== undefined) {
    throw new AzurePgError(
      'INVALID_SETTING',
      'The options "credential" and "tokenProvider" contradict each other',
      {
        hint: 'Give one of the two.',
      },
    );
  }
  if (explicit === undefined && optionPassword && ownTokens && azure) {
    throw new AzurePgError(
      'INVALID_SETTING',
      `The options "password" and "${credential === undefined ? 'tokenProvider' : 'credential'}" contradict each other`,
      { hint: 'Leave one of the two out, or say which one counts with auth.' },
    );
  }
  const derived = (): Auth => {
    if (written?.startsWith(keyVaultPrefix)) return 'keyvault';
    if (optionPassword) return 'password';
    if (written !== undefined || namesPassfile(layers)) {
      return azure && ownTokens ? 'entra' : 'password';
    }
    if (azure) return 'entra';
    return ownTokens && !hosts.every(({ host }) => isLoopback(host)) ? 'entra' : 'password';
  };
  const auth = explicit ?? derived();
  if (auth === 'entra') {
    const passwordRank = passwordFunction === undefined ? layers.rank('password') : 0;
    const authRank = Math.min(layers.rank('auth'), ownTokens ? 0 : Number.POSITIVE_INFINITY);
    if ((written !== undefined || passwordFunction !== undefined) && passwordRank <= authRank) {
      throw invalidSetting(
        'auth',
        layers.get('auth') ?? { from: 'the option "credential"' },
        `"entra" and a password (from ${layers.get('password')?.from ?? 'the option "password"'}) contradict each other`,
        'Leave the password out, or write auth=password.',
      );
    }
  }
  return {
    auth,
    secrets: Object.freeze({
      password: auth === 'entra' ? undefined : passwordOf(gathered, auth),
      sslPassword: layers.value('sslpassword'),
      clientSecret: gathered.clientSecret,
      credential,
      tokenProvider,
    }),
  };
}

/** A password file that was named for this connection. PGPASSFILE is for all of them and does not mean that this one has a password. */
function namesPassfile(layers: Layers): boolean {
  return layers.value('passfile') !== undefined && layers.get('passfile')?.source !== 'environment';
}

function passwordOf(gathered: GatheredSettings, auth: Auth): ConnectionSecrets['password'] {
  const given = gathered.layers.get('password');
  if (auth === 'keyvault' && gathered.passwordFunction !== undefined) {
    throw invalidSetting(
      'password',
      { from: 'the option "password"' },
      'auth=keyvault and a function contradict each other',
    );
  }
  if (gathered.passwordFunction !== undefined) return gathered.passwordFunction;
  if (auth !== 'keyvault') return given?.value || undefined;
  const uri = given?.value.startsWith(keyVaultPrefix)
    ? given.value.slice(keyVaultPrefix.length)
    : (given?.value ?? '');
  if (!/^https:\/\/[a-z0-9.-]+(?::\d{1,5})?\/secrets\/[0-9a-z-]{1,127}(?:\/[0-9a-z]+)?\/?$/i.test(uri)) {
    throw invalidSetting(
      'password',
      given,
      'with auth=keyvault it must be the URI of a secret, https://VAULT.vault.azure.net/secrets/NAME',
    );
  }
  return uri;
}

/** libpq's default role: the name of the user whose process this is. */
export function operatingSystemUser(): string {
  try {
    return userInfo().username;
  } catch {
    throw new AzurePgError(
      'INVALID_SETTING',
      'No user is given, and the operating system has no name for the current one',
      {
        hint: 'Name the user in the connection string or in PGUSER.',
      },
    );
  }
}
