import { fork } from 'node:child_process';
import { once } from 'node:events';

/** A server with a password, as `openBare` of the contract wants it, and its URL for ours. */
interface Place {
  readonly url: string;
  readonly port: number;
}

/** Milliseconds that a token takes, for a program that asks for one. */
export const tokenDelay = 200;

/** How a program gets its token. */
export const identityKinds = ['App Service', 'workload identity', 'service principal'] as const;
export type IdentityKind = (typeof identityKinds)[number];

interface ProgramIdentity {
  readonly env: Readonly<Record<string, string>>;
  readonly role: string;
}

/** What the measurements connect to. */
export interface Servers {
  readonly postgresVersion: string;
  readonly pgbouncerVersion: string;
  readonly user: string;
  readonly password: string;
  /** PEM, and the file it is in. */
  readonly ca: string;
  readonly caFile: string;
  /** PostgreSQL's own TLS port, and PgBouncer's, which keeps 200 prepared statements. */
  readonly direct: Place;
  readonly pooled: Place;
  /** The gateway, which takes tokens. */
  readonly entra: Place;
  /** The variables of an identity and its role, by how its token is had. */
  readonly identities: Readonly<Record<IdentityKind, ProgramIdentity>>;
  /** The role of the one in App Service, and a token for it. */
  readonly role: string;
  readonly token: string;
  stop(): Promise<void>;
}

/** Starts the emulator in a process of its own: what it computes is not counted as the client's. */
export async function startServers(): Promise<Servers> {
  const child = fork(new URL('servers-process.ts', import.meta.url), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const [described] = (await once(child, 'message')) as [Omit<Servers, 'stop'>];
  return {
    ...described,
    async stop() {
      const gone = once(child, 'exit');
      child.disconnect();
      await gone;
    },
  };
}
