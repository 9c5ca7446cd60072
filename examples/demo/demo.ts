// npm run demo            on a local Azure, made for the occasion
// npm run demo -- <url>   on a server of yours
import { subscribe } from 'node:diagnostics_channel';
import { setTimeout as wait } from 'node:timers/promises';
import { styleText } from 'node:util';
import { type AzureConnection, resolveConnection } from '@azure-pg/core';
import { createCertificateAuthority, type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client, Pool } from '@azure-pg/pg';
import Table from 'cli-table3';
import { drivers, endpointName } from './drivers.ts';

let tokens = 0;
subscribe('azure-pg:token.requested', () => {
  tokens += 1;
});

const title = (text: string): void =>
  console.log(`
${styleText('bold', text)}`);

const [given] = process.argv.slice(2);
const emulator = given === undefined ? await startEmulator({ tokenLifetime: 3600 }) : undefined;
if (emulator) Object.assign(process.env, emulator.env);
try {
  const urls = emulator ? [emulator.url, emulator.pooledUrl] : await twins(given as string);
  await showConnections(urls);
  if (emulator) await showExpiry(emulator);
  await showRefusals(urls[0] as string);
} finally {
  await emulator?.stop();
}

/** A server's direct and pooled address; the pooled one only where something answers. */
async function twins(url: string): Promise<string[]> {
  const direct = resolveConnection(url).direct();
  const pooled = direct.pooled();
  return pooled === direct ? [url] : [withPort(url, direct), withPort(url, pooled)];
}

function withPort(url: string, connection: AzureConnection): string {
  const address = new URL(url);
  address.port = String(connection.hosts[0]?.port ?? 5432);
  return address.href;
}

interface Seen {
  role: string;
  server: string;
  ssl: boolean;
  version: string | null;
  cipher: string | null;
}

async function showConnections(urls: string[]): Promise<void> {
  title('One URL, no password');
  for (const [driver, open] of Object.entries(drivers)) {
    const columns: Record<string, string>[] = [];
    for (const url of urls) {
      const connection = resolveConnection(url);
      const tokensBefore = tokens;
      const started = performance.now();
      const session = open(url);
      try {
        const seen = await session.query<Seen>(
          `select current_user as role, current_setting('server_version') as server, ssl, version, cipher
             from pg_stat_ssl where pid = pg_backend_pid()`,
        );
        const elapsed = performance.now() - started;
        const socket = session.socket?.();
        const { poolMode, maxPreparedStatements } = connection.pooling;
        columns.push({
          driver,
          endpoint: `${endpointName(connection)} :${connection.hosts[0]?.port}`,
          'signed in as': seen.role,
          'TLS, says the server': seen.ssl ? `${seen.version}\n${seen.cipher}` : 'ends at PgBouncer',
          'TLS on our socket': socket?.tls ?? 'the same, from the core',
          certificate:
            socket === undefined || socket.verified ? `verified (${connection.tls.mode})` : 'NOT verified',
          'pooling mode': poolMode,
          'named statements':
            poolMode === 'none' || poolMode === 'session' || maxPreparedStatements > 0 ? 'on' : 'off',
          'tokens requested': String(tokens - tokensBefore),
          'first row after': `${elapsed.toFixed(0)} ms`,
        });
      } catch (error) {
        columns.push({
          driver,
          endpoint: endpointName(connection),
          'signed in as': (error as Error).message,
        });
      } finally {
        await session.end();
      }
    }
    print(columns);
  }
}

/** Each connection a column, a table per driver: more is wider than a terminal. */
function print(columns: Record<string, string>[]): void {
  const table = new Table({
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
  });
  for (const name of Object.keys(columns[0] ?? {})) {
    table.push({ [name]: columns.map((column) => column[name] ?? '') });
  }
  console.log(table.toString());
}

async function showExpiry(emulator: Emulator): Promise<void> {
  title('A token expires: sessions go on, new ones bring a new token');
  const seconds = 2;
  const identity = await emulator.createIdentity({ name: 'short-lived', kind: 'managed-identity' });
  let requests = 0;
  const credential = {
    getToken: (scope: string | string[]) => {
      if (String(scope).includes('ossrdbms')) requests += 1;
      return emulator.entra.credential({ identity, lifetime: seconds }).getToken(scope);
    },
  };
  const pool = new Pool({ connectionString: emulator.url, credential, max: 2 });
  const say = (text: string): void => console.log(`  ${text.padEnd(50)} tokens: ${requests}`);
  const old = await pool.connect();
  try {
    say(`session 1 is open; its token lives ${seconds} s`);
    await wait(seconds * 1000 + 200);
    await old.query('select 1');
    say('the token has expired; session 1 still answers');
    await pool.query('select 1');
    say('session 2 opened, with a token of its own');
  } finally {
    old.release();
    await pool.end();
  }
}

async function showRefusals(url: string): Promise<void> {
  title('What is not the server learns nothing');
  const stranger = await createCertificateAuthority();
  const attempts = {
    'wrong host name': { ssl_server_name: 'another.example.org', allowed_hosts: '.example.org' },
    'unknown CA': { sslrootcert: stranger.pem },
  };
  for (const [name, settings] of Object.entries(attempts)) {
    const client = new Client({ connectionString: url, ...settings });
    try {
      await client.connect();
      await client.end();
      throw new Error(`${name}: the connection was opened`);
    } catch (error) {
      const { code, message, hint } = error as Error & { code?: string; hint?: string };
      console.log(`  ${name}\n    ${code}: ${message}\n    → ${hint ?? ''}`);
    }
  }
}
