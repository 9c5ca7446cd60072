import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, type Identity, startEmulator } from '@azure-pg/emulator';
import { type FakeServer, type Fault, startFakeServer } from './fake-server.ts';

const programs = new URL('../programs/', import.meta.url);

/** What `test/programs/diagnose.ts` prints. */
export interface Diagnosis {
  readonly doctor?: string;
  readonly failedStep?: string;
  readonly verdict: string;
  readonly explained?: string;
  readonly thrown?: string;
  readonly message?: string;
  /** What `azure-pg doctor` shows. */
  readonly printed: string;
  /** Everything that was printed, to look for secrets in. */
  readonly text: string;
}

/** The emulator and all that is built around it to be broken. */
export class Stand {
  readonly emulator: Emulator;
  readonly folder: string;
  readonly #cleanUps: (() => unknown)[] = [];

  private constructor(emulator: Emulator, folder: string) {
    this.emulator = emulator;
    this.folder = folder;
  }

  static async start(): Promise<Stand> {
    const folder = await mkdtemp(join(tmpdir(), 'azure-pg-broken-'));
    const emulator = await startEmulator({
      postgres: { hba: ['hostssl all blocked 127.0.0.1/32 reject'], settings: { max_connections: 60 } },
    });
    return new Stand(emulator, folder);
  }

  async stop(): Promise<void> {
    for (const cleanUp of this.#cleanUps.reverse()) await cleanUp();
    await this.emulator.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  onStop(cleanUp: () => unknown): void {
    this.#cleanUps.push(cleanUp);
  }

  /** One of the emulator's URLs with parameters set, or removed where undefined. */
  url(
    base: 'direct' | 'pooled' | 'native',
    parameters: Readonly<Record<string, string | undefined>> = {},
    change: (url: URL) => void = () => {},
  ): string {
    const { emulator } = this;
    const text = { direct: emulator.url, pooled: emulator.pooledUrl, native: emulator.postgres.url }[base];
    const url = new URL(text);
    // What is broken stays so.
    url.searchParams.set('connect_retry_timeout', '0');
    for (const [name, value] of Object.entries(parameters)) {
      if (value === undefined) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    change(url);
    // URLSearchParams writes a blank as a plus sign, which libpq takes for one.
    return url.href.replaceAll('+', '%20');
  }

  /** A URL of a server that is broken in itself. */
  async faultUrl(fault: Fault, host = 'localhost'): Promise<string> {
    const server: FakeServer = await startFakeServer(fault);
    this.onStop(() => server.close());
    const ca = encodeURIComponent(this.emulator.ca.file);
    return `postgresql://app:secret-word@${host}:${server.port}/postgres?sslmode=verify-full&sslrootcert=${ca}&connect_timeout=3`;
  }

  /** A port that nobody listens on. */
  async closedPort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }

  /** A port whose SYNs are dropped, as by a firewall. */
  async droppingPort(): Promise<number> {
    const child = spawn(process.execPath, [fileURLToPath(new URL('full-backlog.mjs', programs))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.onStop(() => end(child));
    const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
    return Number(chunk.toString());
  }

  /** An identity endpoint that answers so, or never. */
  async identityEndpoint(answer: { status: number; body: unknown } | 'never'): Promise<string> {
    const server: HttpServer = createHttpServer((_, response) => {
      if (answer === 'never') return;
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.onStop(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** An Azure CLI that gives this token, or fails with these words. */
  async azureCli(
    token: { token: string; expiresOn: number } | { fails: string },
    identity: Identity | undefined = this.emulator.identities[0],
  ): Promise<Record<string, string>> {
    const folder = await mkdtemp(join(this.folder, 'az-'));
    const bin = join(folder, 'bin');
    await mkdir(bin);
    const answer = join(folder, 'answer');
    const script =
      'fails' in token
        ? `#!/bin/sh\ncat '${answer}' >&2\nexit 1\n`
        : `#!/bin/sh\ncase "$*" in *management*) cat '${answer}.management' ;; *) cat '${answer}' ;; esac\n`;
    const said = (given: { token: string; expiresOn: number }): string =>
      JSON.stringify({ accessToken: given.token, expires_on: given.expiresOn, tokenType: 'Bearer' });
    await writeFile(answer, 'fails' in token ? token.fails : said(token));
    const audience = 'https://management.azure.com';
    const named = await this.emulator.entra.issue({ audience, ...(identity && { identity }) });
    await writeFile(`${answer}.management`, said(named));
    await writeFile(join(bin, 'az'), script);
    await chmod(join(bin, 'az'), 0o755);
    return {
      AZURE_TOKEN_CREDENTIALS: 'AzureCliCredential',
      AZURE_POD_IDENTITY_AUTHORITY_HOST: this.emulator.entra.managedIdentity,
      PATH: `${bin}:/usr/bin:/bin`,
    };
  }

  /** An Azure CLI that gives tokens of this identity, made to order. */
  async signedInAs(
    identity: Identity,
    options: Omit<NonNullable<Parameters<Emulator['entra']['issue']>[0]>, 'identity'> = {},
  ): Promise<Record<string, string>> {
    const { token, expiresOn } = await this.emulator.entra.issue({ identity, ...options });
    return await this.azureCli({ token, expiresOn }, identity);
  }

  /** The doctor's and explainError's word on a set-up, each of which has a process of its own. */
  diagnose(url: string, env: Readonly<Record<string, string | undefined>>): Promise<Diagnosis> {
    const script = fileURLToPath(new URL('diagnose.ts', programs));
    const { PATH, NODE_COMPILE_CACHE } = process.env;
    return new Promise((resolve, reject) => {
      execFile(
        process.execPath,
        ['--no-warnings', '--conditions=@azure-pg/source', script, url],
        { env: { PATH, NODE_COMPILE_CACHE, HOME: this.folder, ...env }, timeout: 110_000, maxBuffer: 1e7 },
        (error, stdout, stderr) => {
          if (error !== null) reject(new Error(`${error.message}\n${stderr}`));
          else resolve({ ...(JSON.parse(stdout) as Diagnosis), text: stdout + stderr });
        },
      );
    });
  }
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
