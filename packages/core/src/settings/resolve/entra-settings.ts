import { type Cloud, cloudOfAuthority, publicCloud } from '../../azure/clouds.ts';
import { hostFacts, scopeOf } from '../../azure/endpoint.ts';
import type { Auth, EntraSettings, Host } from '../../connection/connection.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { SettingSource } from '../../errors/setting-source.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { Layers } from '../gather/layers.ts';
import { variable } from '../gather/read-environment.ts';
import { choice } from '../gather/setting-values.ts';

export interface ResolvedEntra {
  readonly entra: EntraSettings;
  readonly sources: Readonly<Record<'scope' | 'authority_host', SettingSource>>;
}

/**
 * Whom to ask for a token and for what. Scope and sign-in service follow from the host's cloud. A sign-in service of one cloud and
 * a host of another is an error, but only if a token is needed.
 */
export function resolveEntra(gathered: GatheredSettings, hosts: readonly Host[], auth: Auth): ResolvedEntra {
  const { layers, env } = gathered;
  const cloud = cloudOfHosts(hosts, auth === 'entra' && layers.value('scope') === undefined);
  const authority = authorityHost(layers, env, cloud, auth);
  const spokenFor =
    cloud?.cloud ?? (authority.host === undefined ? undefined : cloudOfAuthority(authority.host));
  const written = scopeSetting(layers, 'scope');
  const management = scopeSetting(layers, 'management_scope');
  const allowed = (layers.value('allowed_hosts') ?? '').split(',').map((name) => name.trim());
  if (allowed.some((name) => name === '.' || name.includes('*') || name.includes('/'))) {
    throw invalidSetting(
      'allowed_hosts',
      layers.get('allowed_hosts'),
      'it must be host names with commas between',
      '".example.org" allows every name below example.org.',
    );
  }
  const entra: EntraSettings = Object.freeze({
    scope: written ?? cloud?.scope ?? (spokenFor ?? publicCloud).scope,
    managementScope:
      management === 'off' ? undefined : (management ?? (spokenFor ?? publicCloud).managementScope),
    authorityHost: authority.host,
    tenantId: layers.value('tenant_id'),
    ...identity(layers),
    azureIdentity: choice(layers, 'azure_identity'),
    allowedHosts: Object.freeze(allowed.filter((name) => name !== '')),
  });
  return {
    entra,
    sources: {
      scope: layers.get('scope')?.source ?? (spokenFor === undefined ? 'default' : 'derived'),
      authority_host: authority.source,
    },
  };
}

function scopeSetting(layers: Layers, name: 'scope' | 'management_scope'): string | undefined {
  const written = layers.value(name);
  if (written !== undefined && /\s/.test(written)) {
    throw invalidSetting(name, layers.get(name), 'it must be one scope, without blanks');
  }
  refuseSlash(name, written, layers.get(name));
  return written;
}

/** @throws AzurePgError `INVALID_SETTING` for a scope that no server takes. */
export function refuseSlash(
  name: 'scope' | 'management_scope',
  scope: string | undefined,
  given?: { readonly from: string },
): void {
  // Without its ".default" @azure/identity takes it for the audience as it stands.
  if (!scope?.endsWith('//.default') && !scope?.endsWith('/')) return;
  throw invalidSetting(
    name,
    given,
    'the server refuses an audience that ends in a slash',
    'Write ".default" after one slash at its end.',
  );
}

/** client_id and managed_identity_resource_id name the same thing in two ways: the stronger layer's wins. */
function identity(layers: Layers): Pick<EntraSettings, 'clientId' | 'managedIdentityResourceId'> {
  const clientId = layers.value('client_id');
  const managedIdentityResourceId = layers.value('managed_identity_resource_id');
  if (clientId === undefined || managedIdentityResourceId === undefined) {
    return { clientId, managedIdentityResourceId };
  }
  const difference = layers.rank('client_id') - layers.rank('managed_identity_resource_id');
  if (difference === 0) {
    throw invalidSetting(
      'managed_identity_resource_id',
      layers.get('managed_identity_resource_id'),
      'it and client_id contradict each other',
      'Give one of the two.',
    );
  }
  return difference < 0
    ? { clientId, managedIdentityResourceId: undefined }
    : { clientId: undefined, managedIdentityResourceId };
}

interface CloudOfHosts {
  readonly cloud: Cloud;
  readonly scope: string;
}

/** What the Azure hosts of the list agree on: one token must work for all of them. */
function cloudOfHosts(hosts: readonly Host[], mustAgree: boolean): CloudOfHosts | undefined {
  let found: (CloudOfHosts & { host: string }) | undefined;
  for (const { host } of hosts) {
    const { cloud } = hostFacts(host);
    const scope = scopeOf(host) ?? cloud?.scope;
    if (cloud === undefined || scope === undefined) continue;
    if (found !== undefined && found.scope !== scope && mustAgree) {
      throw new AzurePgError(
        'INVALID_SETTING',
        `Invalid host: "${found.host}" and "${host}" need tokens for different audiences`,
        { hint: 'Make a connection for each of them.' },
      );
    }
    found ??= { cloud, scope, host };
  }
  return found;
}

const isAuthority = (text: string): boolean => /^https:\/\/[^/\s?#@]+\/?$/i.test(text);

function authorityHost(
  layers: Layers,
  env: NodeJS.ProcessEnv,
  cloud: CloudOfHosts | undefined,
  auth: Auth,
): { host: string | undefined; source: SettingSource } {
  const written = layers.get('authority_host');
  if (written !== undefined && written.value !== '') {
    if (!isAuthority(written.value)) {
      throw invalidSetting(
        'authority_host',
        written,
        'it must be a URL like https://login.microsoftonline.com',
      );
    }
    return { host: written.value, source: written.source };
  }
  const fromEnvironment = variable(env, 'AZURE_AUTHORITY_HOST');
  if (fromEnvironment !== undefined) {
    const theirs = cloudOfAuthority(fromEnvironment);
    if (auth === 'entra' && theirs !== undefined && cloud !== undefined && theirs !== cloud.cloud) {
      throw new AzurePgError(
        'INVALID_SETTING',
        `AZURE_AUTHORITY_HOST is that of ${theirs.title} (${theirs.authorityHost}), but the host belongs to ${cloud.cloud.title} (its name ends in ${cloud.cloud.suffix})`,
        {
          hint: `Set AZURE_AUTHORITY_HOST to ${cloud.cloud.authorityHost}, or write authority_host yourself.`,
        },
      );
    }
    if (auth !== 'entra') return { host: undefined, source: 'default' };
    if (!isAuthority(fromEnvironment)) {
      throw new AzurePgError(
        'INVALID_SETTING',
        'Invalid AZURE_AUTHORITY_HOST: it must be a URL, https://HOST',
      );
    }
    return { host: fromEnvironment, source: 'environment' };
  }
  // In the public cloud @azure/identity chooses by itself.
  if (cloud === undefined || cloud.cloud === publicCloud) return { host: undefined, source: 'default' };
  return { host: cloud.cloud.authorityHost, source: 'derived' };
}
