import { createCertificateAuthority, type Emulator, type Identity, startEmulator } from '@azure-pg/emulator';
import type { PlainServer } from './adapter.ts';

/** The ways to the database that every adapter must go. */
export const routes = ['direct', 'pooled', 'adversarial'] as const;
export type Route = (typeof routes)[number];

/** The servers for one run of the contract. */
export interface Stand {
  /** PgBouncer as on Azure, with 2 servers. */
  readonly ordinary: Emulator;
  /** PgBouncer that puts every transaction on another server, as a busy one does. */
  readonly adversarial: Emulator;
  /** The certificate of an authority that signed nothing here. */
  readonly foreignCa: string;
  emulatorOf(route: Route): Emulator;
  /** For sign-in with a token. */
  entraUrl(route: Route): string;
  /** For sign-in with a password, past the gateway: PostgreSQL's or PgBouncer's own port. */
  passwordUrl(route: Route, parameters?: Readonly<Record<string, string>>): string;
  plainServer(): PlainServer;
  stop(): Promise<void>;
}

/** A name of Azure's, found by `hostaddr` alone: what follows from the host, and what a library must not lose of the URL, shows. */
const host = 'local.postgres.database.azure.com';

/** Starts the servers; some 0.5 s. */
export async function startStand(): Promise<Stand> {
  const [ordinary, adversarial, foreign] = await Promise.all([
    startEmulator({ host, pooler: { poolSize: 2 } }),
    startEmulator({ host, pooler: { adversarial: true } }),
    createCertificateAuthority('somebody else'),
  ]);
  const emulatorOf = (route: Route): Emulator => (route === 'adversarial' ? adversarial : ordinary);
  await Promise.all([ordinary, adversarial].map((emulator) => emulator.query(tables)));
  return {
    ordinary,
    adversarial,
    foreignCa: foreign.pem,
    emulatorOf,
    entraUrl(route) {
      const emulator = emulatorOf(route);
      if (route === 'direct') return emulator.url;
      return emulator.pooledUrl;
    },
    passwordUrl(route, parameters = {}) {
      const { postgres, pgbouncer } = emulatorOf(route);
      if (route === 'direct') return withParameters(postgres.url, parameters);
      const pooler = { pool_mode: 'transaction', direct_port: String(postgres.port) };
      return withParameters(pgbouncer?.url ?? '', { ...pooler, ...parameters });
    },
    plainServer() {
      const { port, user, password } = ordinary.postgres;
      return {
        host: ordinary.postgres.host,
        port,
        user,
        password,
        database: 'postgres',
        ca: ordinary.ca.pem,
      };
    },
    async stop() {
      await Promise.all([ordinary.stop(), adversarial.stop()]);
    },
  };
}

const tables = `
  create table contract_ledger (id text primary key, backend int);
  create table contract_unique (id int primary key);
  insert into contract_unique values (1);
  grant all on contract_ledger, contract_unique to public;
  create table contract_slow_commit (id text);
  create function contract_sleep() returns trigger language plpgsql as $$ begin perform pg_sleep(0.4); return null; end $$;
  create constraint trigger slow after insert on contract_slow_commit deferrable initially deferred
    for each row execute function contract_sleep();
  create function contract_raise(state text) returns int language plpgsql as
    $$ begin raise exception 'as the contract wishes' using errcode = state; end $$;
  grant all on contract_slow_commit to public;
`;

/** Sets parameters of a URL's query. */
export function withParameters(url: string, parameters: Readonly<Record<string, string>>): string {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.set(name, value);
  return changed.href;
}

/** A credential in the shape of @azure/identity's, that counts what it is asked for. */
export interface TestCredential {
  readonly calls: number;
  readonly tokens: readonly string[];
  getToken(scope: string | string[]): Promise<{ token: string; expiresOnTimestamp: number }>;
}

export interface TestCredentialOptions {
  /** Default: the emulator's own. */
  readonly identity?: Identity;
  /** Seconds that tokens live; may change from call to call, starting with 1. Default: 3600. */
  readonly lifetime?: (call: number) => number;
  /** Seconds that it says they live, where that is another number. */
  readonly claimedLifetime?: number;
}

export function testCredential(emulator: Emulator, options: TestCredentialOptions = {}): TestCredential {
  const tokens: string[] = [];
  let calls = 0;
  return {
    get calls() {
      return calls;
    },
    tokens,
    async getToken(scope: string | string[]) {
      const identity = options.identity === undefined ? {} : { identity: options.identity };
      // The one that names the identity is not for the database.
      if (!String(scope).includes('ossrdbms')) return emulator.entra.credential(identity).getToken(scope);
      const lifetime = options.lifetime?.(++calls) ?? 3600;
      if (options.lifetime === undefined) calls++;
      const { token } = await emulator.entra.issue({ ...identity, lifetime });
      tokens.push(token);
      return { token, expiresOnTimestamp: Date.now() + (options.claimedLifetime ?? lifetime) * 1000 };
    },
  };
}
