import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, expect, it, TestRunner } from 'vitest';
import { platformOf } from '../../src/credentials/token/azure-credential.ts';
import type { AzureIdentitySettings } from '../../src/credentials/token/azure-identity-settings.ts';
import type { PlatformRequest } from '../../src/credentials/token/platform-identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'azure-pg-federated-'));
const tokenFile = join(folder, 'token');
writeFileSync(tokenFile, 'a.federated.token\n');
afterAll(() => rmSync(folder, { recursive: true }));

const scope = 'https://ossrdbms-aad.database.windows.net/.default';
const program = fileURLToPath(new URL('programs/library-requests.ts', import.meta.url));
const ids = ['11111111-1111-4111-a111-111111111111', '22222222-2222-4222-a222-222222222222'] as const;

/** One of these, mostly the first. */
const mostly = <T>(usual: T, ...rare: T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(usual) },
    ...rare.map((value) => ({ weight: 1, arbitrary: fc.constant(value) })),
  );
const rarely = (value: string): fc.Arbitrary<string | undefined> =>
  fc.oneof(
    { weight: 80, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(value, '') },
  );

const environments = fc.record({
  AZURE_TOKEN_CREDENTIALS: mostly<string | undefined>(
    undefined,
    ...[
      '',
      'prod',
      ' Prod ',
      'ManagedIdentityCredential',
      ' managedidentitycredential',
      'WorkloadIdentityCredential',
    ],
    ...['EnvironmentCredential', 'dev', 'AzureCliCredential', 'nonsense'],
  ),
  AZURE_TENANT_ID: mostly<string | undefined>(ids[0], undefined, '', 'common', 'contoso.com', 'bad tenant!'),
  AZURE_CLIENT_ID: mostly<string | undefined>(ids[1], undefined, undefined, ''),
  AZURE_CLIENT_SECRET: rarely('secret'),
  AZURE_CLIENT_CERTIFICATE_PATH: rarely('/nowhere.pem'),
  AZURE_USERNAME: rarely('ada'),
  AZURE_FEDERATED_TOKEN_FILE: fc.constantFrom(tokenFile, undefined, undefined, undefined, '', '/nowhere'),
  AZURE_AUTHORITY_HOST: mostly<string | undefined>(
    undefined,
    ...[
      '',
      'https://login.microsoftonline.com/',
      'https://login.microsoftonline.com',
      'https://login.microsoftonline.us',
    ],
    ...['https://login.chinacloudapi.cn', 'https://login.example/', 'nonsense', 'http://login.example'],
  ),
  IDENTITY_ENDPOINT: mostly<string | undefined>(
    'http://127.0.0.1:41/msi/token',
    ...['http://localhost:42356/msi/token/', 'http://172.16.0.1:8081/msi/token?x=y', undefined, undefined],
    ...['', 'nonsense', 'HTTP://LOCALHOST/MSI'],
  ),
  IDENTITY_HEADER: mostly<string | undefined>('header-secret', undefined, ''),
  IDENTITY_SERVER_THUMBPRINT: rarely('thumb'),
  MSI_ENDPOINT: rarely('http://localhost:50342/oauth2/token'),
  MSI_SECRET: rarely('secret'),
  IMDS_ENDPOINT: rarely('http://localhost:40342'),
  AZURE_POD_IDENTITY_AUTHORITY_HOST: mostly<string | undefined>(
    undefined,
    'http://127.0.0.1:42',
    'nonsense',
    '',
  ),
  AZURE_REGIONAL_AUTHORITY_NAME: rarely('westeurope'),
  HTTPS_PROXY: rarely('http://127.0.0.1:43'),
});
const settings = fc.record({
  clientId: mostly<string | undefined>(undefined, '33333333-3333-4333-a333-333333333333'),
  tenantId: mostly<string | undefined>(undefined, '44444444-4444-4444-a444-444444444444'),
  managedIdentityResourceId: mostly<string | undefined>(undefined, '/subscriptions/s/resourceGroups/g/x & y'),
  authorityHost: mostly<string | undefined>(undefined, 'https://login.microsoftonline.us'),
});

type Env = Record<string, string>;
type Asked = Omit<PlatformRequest, 'body'> & { body: string };

async function libraryRequests(
  own: AzureIdentitySettings,
  env: Env,
): Promise<{ asked: Asked[]; gave: boolean }> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@azure-pg/source', '--disable-warning=ExperimentalWarning', program, JSON.stringify(own)],
    { env: { PATH, NODE_COMPILE_CACHE, HOME: folder, ...env }, timeout: 60_000 },
  );
  return JSON.parse(stdout);
}

/** What the library says about itself is not compared. */
function comparable({ method, url, headers, body = '' }: PlatformRequest): unknown {
  const about =
    /^(accept-encoding|user-agent|content-length|x-ms-client-request-id|client-request-id|x-ms-lib-capability|x-client-.*)$/i;
  const without = (entries: Iterable<[string, string]>): Record<string, string> =>
    Object.fromEntries([...entries].filter(([name]) => !about.test(name)));
  const place = new URL(url);
  return {
    method,
    place: place.origin + place.pathname,
    query: without(place.searchParams),
    headers: without(Object.entries(headers)),
    body: without(new URLSearchParams(body)),
  };
}

/** Environments, of which about one in six is asked directly. */
const count = TestRunner.matchesTags(['slow']) ? 480 : 320;

it(`asks as @azure/identity does, or leaves it to it: ${count} environments`, {
  timeout: 600_000,
}, async () => {
  const samples = fc.sample(fc.tuple(settings, environments), { numRuns: count, seed: 20_261_129 });
  const direct = samples.flatMap(([own, all]) => {
    const env = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Env;
    // Both at once are refused, or one of them wins, before it comes to this.
    const one = own.clientId === undefined ? own : { ...own, managedIdentityResourceId: undefined };
    const identity = platformOf(one, env);
    return identity === undefined || env.AZURE_FEDERATED_TOKEN_FILE === '/nowhere'
      ? []
      : [{ one, env, identity }];
  });
  const different: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < direct.length; at = next++) {
      const { one, env, identity } = direct[at] as (typeof direct)[number];
      const ours = comparable(await identity.request(scope));
      const { asked, gave } = await libraryRequests(one, env);
      const theirs = asked.map(comparable);
      if (!gave || JSON.stringify(theirs) !== JSON.stringify([ours]))
        different.push({ one, env, ours, theirs });
    }
  };
  await Promise.all([work(), work(), work()]);
  expect(different).toEqual([]);
  // Every kind was among them.
  const kinds = direct.map(
    ({ identity, env }) => `${identity.credentialName} ${env.IDENTITY_ENDPOINT !== undefined}`,
  );
  expect(kinds.length).toBeGreaterThan(count / 10);
  if (count < 1000) return;
  expect(new Set(kinds)).toContain('ManagedIdentityCredential true');
  expect(new Set(kinds)).toContain('ManagedIdentityCredential false');
  expect(kinds.some((kind) => kind.startsWith('Workload'))).toBe(true);
});
