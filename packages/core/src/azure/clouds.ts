import type { CloudName } from '../connection/connection.ts';

/** One of Azure's clouds: what its hosts end in, what a token for them is for, and who gives it. */
export interface Cloud {
  readonly name: CloudName;
  /** For messages. */
  readonly title: string;
  readonly suffix: string;
  readonly scope: string;
  readonly authorityHost: string;
  /** Of tokens for Azure Resource Manager, whose claims name managed identities. */
  readonly managementScope: string;
  /** What Key Vault's hosts end in: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates */
  readonly vaultSuffix: string;
}

/**
 * From azure-cli's table of clouds and @azure/identity's `AzureAuthorityHosts`. A scope has no slash before "/.default" but the
 * one: the server refuses an audience that ends in a slash (azure-sdk-for-java#42632).
 */
export const clouds: readonly Cloud[] = [
  {
    name: 'public',
    title: 'the public cloud',
    suffix: '.postgres.database.azure.com',
    scope: 'https://ossrdbms-aad.database.windows.net/.default',
    authorityHost: 'https://login.microsoftonline.com',
    managementScope: 'https://management.azure.com/.default',
    vaultSuffix: '.vault.azure.net',
  },
  {
    name: 'us-government',
    title: 'the US Government cloud',
    suffix: '.postgres.database.usgovcloudapi.net',
    scope: 'https://ossrdbms-aad.database.usgovcloudapi.net/.default',
    authorityHost: 'https://login.microsoftonline.us',
    managementScope: 'https://management.usgovcloudapi.net/.default',
    vaultSuffix: '.vault.usgovcloudapi.net',
  },
  {
    name: 'china',
    title: 'the China cloud',
    suffix: '.postgres.database.chinacloudapi.cn',
    scope: 'https://ossrdbms-aad.database.chinacloudapi.cn/.default',
    authorityHost: 'https://login.chinacloudapi.cn',
    managementScope: 'https://management.chinacloudapi.cn/.default',
    vaultSuffix: '.vault.azure.cn',
  },
];

export const publicCloud: Cloud = clouds[0] as Cloud;

/** Azure Cosmos DB for PostgreSQL (elastic clusters of its own kind) has its own audience. */
export const cosmosSuffix = '.postgres.cosmos.azure.com';
export const cosmosScope = 'https://token.postgres.cosmos.azure.com/.default';
/** Azure HorizonDB (preview). Its token scope is not documented; the public cloud's is taken. */
export const horizonSuffix = '.horizondb.azure.com';

/** The cloud whose sign-in service this is; undefined for any other (a private cloud, a stand-in on one's own machine). */
export function cloudOfAuthority(authorityHost: string): Cloud | undefined {
  const name = hostNameOf(authorityHost);
  return clouds.find((cloud) => hostNameOf(cloud.authorityHost) === name);
}

// By hand, because a URL parser's error would quote the text.
function hostNameOf(url: string): string {
  const match = /^(?:https?:\/\/)?([^/:?#@]+)/i.exec(url);
  return (match?.[1] ?? '').toLowerCase().replace(/\.$/, '');
}
