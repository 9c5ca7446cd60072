import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { settingNames, settingRow } from '@azure-pg/core/tooling';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
} from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as revocation from '../../../core/test/tls/revocation-fixture.ts';
import { doors, Refused } from './doors.ts';
import { canary, type Heard, startWitness, type WitnessOptions } from './witness.ts';

// Each setting that secures a connection, and each door through which another program gets it. The program connects to a server that the
// setting allows, and to one that it does not: there its password must never arrive.

type SettingName = (typeof settingNames)[number];
type DoorName = keyof typeof doors;

/** `passed on`: the program obeys. `stricter`: it connects to neither. `refused`: it is not even started. Anything else is `dropped`. */
type Verdict = 'passed on' | 'stricter' | 'refused';

interface Case {
  /** The URL's parameters, besides those that verify everything. Undefined takes one of those out. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
  /** A server that the setting allows; undefined: there is none here. */
  readonly good?: WitnessOptions | undefined;
  /** One that it does not. */
  readonly bad?: WitnessOptions;
  /** What the setting demands of a connection to the good one. */
  readonly holds?: (heard: Heard) => boolean;
  /** Where they are not passed on. */
  readonly verdicts?: Readonly<Partial<Record<DoorName, Verdict>>>;
}

const folder = mkdtempSync(join(tmpdir(), 'azure-pg-handed-on-'));
const file = (name: string): string => join(folder, name);
const crlFolder = file('crls');
/** OpenSSL's hash of the fixture's authority, by which libpq finds its list: `openssl crl -hash`. */
const crlName = '71d796e9.r0';
let clientPem: string;
let certificates: Record<'good' | 'renamed' | 'wrongName' | 'stranger', IssuedCertificate>;

beforeAll(async () => {
  const ca = await createCertificateAuthority();
  const stranger: CertificateAuthority = await createCertificateAuthority('A stranger');
  const issue = (name: string, by = ca): Promise<IssuedCertificate> => by.issue({ names: [name] });
  certificates = {
    good: await issue('localhost'),
    renamed: await issue('db.example.org'),
    wrongName: await issue('elsewhere.example.net'),
    stranger: await issue('localhost', stranger),
  };
  const client = await ca.issue({ names: [], commonName: 'app', usage: 'client' });
  clientPem = client.cert;
  mkdirSync(crlFolder);
  const files = {
    'ca.pem': ca.pem,
    'client.pem': client.cert,
    'client.key': client.key,
    'revoking.pem': revocation.authority,
    'list.pem': revocation.revocationList,
    [join('crls', crlName)]: revocation.revocationList,
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(file(name), text, { mode: 0o600 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const good = (): WitnessOptions => ({ certificate: certificates.good });
const shows = (certificate: keyof typeof certificates): WitnessOptions => ({
  certificate: certificates[certificate],
});
const client = { sslcert: file('client.pem'), sslkey: file('client.key') };
const revoking = {
  good: { certificate: { cert: revocation.goodCertificate, key: revocation.goodKey } },
  bad: { certificate: { cert: revocation.revokedCertificate, key: revocation.revokedKey } },
};
const noDriver = { drizzleKit: 'refused', drivers: 'refused' } as const;
const notPrisma = { prisma: 'refused' } as const;

const secures: Readonly<Partial<Record<SettingName, () => readonly Case[]>>> = {
  sslmode: () => [
    { parameters: {}, good: good(), bad: shows('wrongName') },
    { parameters: {}, good: good(), bad: shows('stranger') },
    { parameters: {}, good: good(), bad: { certificate: undefined } },
    {
      parameters: { sslmode: 'verify-ca' },
      good: shows('wrongName'),
      bad: shows('stranger'),
      // Its engine verifies names, too.
      verdicts: { prisma: 'stricter' },
    },
    {
      parameters: { sslmode: 'require', sslrootcert: undefined },
      good: shows('stranger'),
      bad: { certificate: undefined },
    },
  ],
  sslrootcert: () => [
    {
      parameters: { sslrootcert: `${file('revoking.pem')}\n${file('ca.pem')}` },
      good: good(),
      bad: shows('stranger'),
      verdicts: { url: 'refused' },
    },
    {
      parameters: { sslmode: 'require', sslrootcert: relative(process.cwd(), file('ca.pem')) },
      good: good(),
      bad: shows('stranger'),
    },
    {
      parameters: { sslmode: 'require', sslrootcert: file('no such roots') },
      bad: good(),
      // libpq goes on without.
      verdicts: { exec: 'refused', url: 'refused', ...noDriver, ...notPrisma },
    },
    { parameters: { sslrootcert: 'system' }, bad: good(), verdicts: notPrisma },
  ],
  trust: () => [
    {
      parameters: { trust: 'azure', sslrootcert: undefined },
      bad: good(),
      verdicts: { url: 'refused', ...notPrisma },
    },
  ],
  sslcert: () => [
    { parameters: client, good: good(), holds: (heard) => heard.client === 'app', verdicts: notPrisma },
  ],
  sslkey: () => [
    {
      parameters: { ...client, sslcert: clientPem },
      good: good(),
      holds: (heard) => heard.client === 'app',
      verdicts: { exec: 'refused', url: 'refused', ...notPrisma },
    },
  ],
  sslcertmode: () => [
    {
      parameters: { ...client, sslcertmode: 'disable' },
      good: good(),
      holds: (heard) => heard.client === undefined,
    },
    {
      parameters: { ...client, sslcertmode: 'require' },
      good: good(),
      holds: (heard) => heard.client === 'app',
      verdicts: notPrisma,
    },
  ],
  sslcrl: () => [
    {
      parameters: { sslrootcert: file('revoking.pem'), sslcrl: file('list.pem') },
      ...revoking,
      verdicts: notPrisma,
    },
    {
      parameters: { sslrootcert: file('revoking.pem'), sslcrl: file('no such list') },
      bad: revoking.bad,
      // libpq goes on without.
      verdicts: { exec: 'refused', url: 'refused', ...noDriver, ...notPrisma },
    },
    {
      parameters: { sslrootcert: file('revoking.pem'), sslcrl: revocation.revocationList },
      ...revoking,
      verdicts: { exec: 'refused', url: 'refused', ...notPrisma },
    },
  ],
  sslcrldir: () => [
    {
      parameters: { sslrootcert: file('revoking.pem'), sslcrldir: crlFolder },
      ...revoking,
      verdicts: notPrisma,
    },
  ],
  sslnegotiation: () => [
    {
      parameters: { sslnegotiation: 'direct' },
      good: good(),
      holds: (heard) => heard.direct,
      verdicts: { ...noDriver, ...notPrisma },
    },
  ],
  ssl_min_protocol_version: () => [
    {
      parameters: { ssl_min_protocol_version: 'TLSv1.3' },
      good: good(),
      bad: { ...good(), maxVersion: 'TLSv1.2' },
      verdicts: notPrisma,
    },
  ],
  ssl_max_protocol_version: () => [
    {
      parameters: { ssl_max_protocol_version: 'TLSv1.2' },
      good: good(),
      holds: (heard) => heard.version === 'TLSv1.2',
      verdicts: notPrisma,
    },
  ],
  channel_binding: () => [{ parameters: { channel_binding: 'require' }, bad: good(), verdicts: noDriver }],
  require_auth: () => [
    {
      parameters: { require_auth: 'scram-sha-256' },
      bad: good(),
      verdicts: { ...noDriver, ...notPrisma },
    },
  ],
  sslsni: () => [
    {
      parameters: { sslsni: '0' },
      good: good(),
      holds: (heard) => heard.sni === undefined,
      verdicts: { ...noDriver, ...notPrisma },
    },
  ],
  ssl_server_name: () => [
    {
      parameters: { ssl_server_name: 'db.example.org' },
      good: shows('renamed'),
      bad: good(),
      verdicts: { exec: 'refused', url: 'refused', ...notPrisma },
    },
  ],
  hostaddr: () =>
    // Other systems have one loopback address.
    process.platform === 'linux'
      ? [
          {
            parameters: { hostaddr: '127.0.0.2' },
            good: { ...good(), address: '127.0.0.2' },
            bad: good(),
            verdicts: notPrisma,
          },
        ]
      : [],
};

/** Settings that do not secure the way to the server: whom a program reaches, and how, is the same without them. */
const others: readonly (readonly SettingName[])[] = [
  // Who signs in, and with what. A token goes where permittedAttempts() lets it, at every door.
  ['user', 'password', 'passfile', 'auth', 'scope', 'management_scope', 'client_id', 'tenant_id'],
  ['managed_identity_resource_id', 'azure_identity', 'authority_host', 'allowed_hosts'],
  // Without it the key does not open.
  ['sslpassword'],
  // How much work a server may ask for.
  ['scram_max_iterations'],
  // Where to; the certificate must be for it.
  ['service', 'servicefile', 'host', 'port', 'direct_port', 'pooled_port', 'dbname'],
  ['target_session_attrs', 'load_balance_hosts'],
  // What a session is like.
  [
    'connect_timeout',
    'connect_retry_timeout',
    'silence_check_after',
    'client_encoding',
    'options',
    'application_name',
    'fallback_application_name',
  ],
  ['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'tcp_user_timeout'],
  ['replication', 'max_protocol_version'],
  ['pool_mode', 'max_prepared_statements', 'pgbouncer', 'session_features'],
  ['send_token'],
  // Of Kerberos, which is never used; and for Unix sockets, where it is refused.
  ['krbsrvname', 'gsslib', 'requirepeer'],
  // What asks for something nobody can do is refused when settings are read.
  settingNames.filter((name) => settingRow(name).refused !== undefined),
];

test('every setting has its place here', () => {
  expect([...Object.keys(secures), ...others.flat()].sort()).toEqual([...settingNames].sort());
});

function urlTo(port: number, parameters: Case['parameters']): string {
  const all = { sslmode: 'verify-full', sslrootcert: file('ca.pem'), connect_timeout: '5', ...parameters };
  const query = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return `postgresql://u:${canary}@localhost:${port}/d?${query.join('&')}`;
}

/** What becomes of a setting at a door, by what the servers heard. */
async function verdictOf(door: DoorName, { parameters, good, bad, holds }: Case): Promise<string> {
  await using forbidden = await startWitness(bad ?? good ?? { certificate: undefined });
  // With an address of its own the allowed one differs in nothing else.
  const port = good?.address === undefined ? 0 : forbidden.port;
  await using allowed = await startWitness({ ...(good ?? { certificate: undefined }), port });
  const first = good === undefined ? forbidden : allowed;
  let refused = false;
  try {
    await doors[door](urlTo(first.port, parameters), forbidden.port);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    expect(error.message).not.toContain(canary);
    refused = true;
  }
  const heard = [...(good === undefined ? [] : allowed.heard), ...(bad === undefined ? forbidden.heard : [])];
  const lost = bad !== undefined && forbidden.heard.length > 0;
  if (lost || (holds !== undefined && !heard.every(holds))) return 'dropped';
  if (refused) return heard.length === 0 ? 'refused' : 'dropped';
  return good === undefined || heard.length > 0 ? 'passed on' : 'stricter';
}

describe.each(Object.entries(secures))('%s', (_, cases) => {
  test.each(Object.keys(doors) as DoorName[])('%s', { timeout: 30_000 }, async (door) => {
    for (const one of cases?.() ?? []) {
      expect
        .soft(await verdictOf(door, one), JSON.stringify(one.parameters))
        .toBe(one.verdicts?.[door] ?? 'passed on');
    }
  });
});
