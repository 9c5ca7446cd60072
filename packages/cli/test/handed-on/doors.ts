import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AzurePgError } from '@azure-pg/core';
import { driverCredentials } from '@azure-pg/core/adapter';
import pg from 'pg';
import { systemRoots } from '../../../core/src/tls/roots.ts';
import { azureCredentials } from '../../../drizzle/src/kit.ts';
import { azureDatasourceUrl } from '../../../prisma/src/config.ts';
import { runCommandLine } from '../../src/command-line.ts';
import { startProxy } from '../../src/index.ts';
import { runCli } from '../run-cli.ts';

/**
 * Hands a connection to another program, which then connects to two ports: with the URL as it is, and with `other` in the place of its port.
 * What comes of it the servers there tell.
 *
 * @throws Refused where the door hands on nothing.
 */
export type Door = (url: string, other: number) => Promise<void>;

/** The door said why it hands on nothing. */
export class Refused extends Error {}

const refusal = (error: unknown): never => {
  if (error instanceof AzurePgError) throw new Refused(error.message);
  throw error;
};

/** An URL's port. */
const portOf = (url: string): number => Number(new URL(url).port);

/** Connects, and does not mind that it fails. */
async function connect(config: pg.ClientConfig): Promise<void> {
  const client = new pg.Client({ connectionTimeoutMillis: 5000, ...config });
  client.on('error', () => {});
  await client.connect().catch(() => {});
  await client.end().catch(() => {});
}

const libpqChild = fileURLToPath(new URL('../../../core/test/tls/libpq-child.ts', import.meta.url));

/** The real libpq connects as these strings say. */
function libpq(strings: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [libpqChild], {
      // Elsewhere, as a URL may be used.
      cwd: import.meta.dirname,
      env: { HOME: '/nonexistent' },
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`libpq ended with ${code}`))));
    child.stdin.end(JSON.stringify(strings));
  });
}

/** What the command writes to a pipe. */
async function printed(args: readonly string[]): Promise<string> {
  const said = { stdout: '', stderr: '' };
  const output = (name: keyof typeof said) => ({
    columns: 1000,
    write: (text: string) => {
      said[name] += text;
    },
  });
  const code = await runCommandLine(args, {
    env: { NO_COLOR: '1' },
    stdout: output('stdout'),
    stderr: output('stderr'),
    exitCode: 0,
  });
  if (code !== 0) throw new Refused(said.stderr);
  return said.stdout.trim();
}

/** As Prisma's schema engine reads a URL (quaint/src/connector/postgres/url.rs): it knows three modes, and takes another for "prefer". */
async function asPrismasEngine(text: string, port: number): Promise<void> {
  const { hostname, username, password, pathname, searchParams } = new URL(text);
  // It ends a sign-in with anything but SCRAM bound to the channel.
  if (searchParams.get('channel_binding') === 'require') return;
  const strict = searchParams.get('sslaccept') === 'strict';
  const certificate = searchParams.get('sslcert');
  const own = certificate === null ? [] : [readFileSync(certificate, 'utf8')];
  const mode = ['disable', 'require'].find((known) => searchParams.get('sslmode') === known) ?? 'prefer';
  const server = {
    host: hostname,
    port,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
  if (mode !== 'disable')
    await connect({ ...server, ssl: { rejectUnauthorized: strict, ca: [...systemRoots(), ...own] } });
  if (mode !== 'require') await connect({ ...server, ssl: false });
}

/** Drivers that open their own connections, with these options. */
const driver =
  (credentials: typeof driverCredentials): Door =>
  async (url, other) => {
    let given: ReturnType<typeof driverCredentials>;
    try {
      given = credentials(url);
    } catch (error) {
      return refusal(error);
    }
    const { host, user, password, database, ssl } = given;
    for (const port of [portOf(url), other]) await connect({ host, port, user, password, database, ssl });
  };

export const doors: Readonly<Record<'exec' | 'url' | 'proxy' | 'prisma' | 'drizzleKit' | 'drivers', Door>> = {
  exec: async (url, other) => {
    // Stronger than what the variables say is only where it is said.
    const strings = JSON.stringify(['', `port=${other}`]);
    const command = ['sh', '-c', `printf '%s' "$2" | "$0" "$1"`, process.execPath, libpqChild, strings];
    const { code, stderr } = await runCli(['exec', '--url', url, '--', ...command]);
    if (code !== 0) throw new Refused(stderr);
  },
  url: async (url, other) => {
    const text = await printed(['url', url]);
    await libpq([text, text.replace(`:${portOf(url)}/`, `:${other}/`)]);
  },
  proxy: async (url, other) => {
    for (const port of [portOf(url), other]) {
      const target = new URL(url);
      target.port = String(port);
      const proxy = await startProxy({ url: target.href, env: {} }).catch(refusal);
      await connect({ host: proxy.host, port: proxy.port, user: 'whoever', database: 'd', ssl: false });
      await proxy.stop();
    }
  },
  prisma: async (url, other) => {
    const text = await azureDatasourceUrl(url).catch(refusal);
    for (const port of [portOf(url), other]) await asPrismasEngine(text, port);
  },
  drizzleKit: driver(azureCredentials),
  drivers: driver(driverCredentials),
};
