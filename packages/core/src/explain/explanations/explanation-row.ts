import type { AzureConnection } from '../../connection/connection.ts';
import { unshowable } from '../../notices/showable.ts';
import type { TokenPrincipal } from '../token-principal.ts';
import type { ErrorLink, Stage } from './error-links.ts';

/** What an explanation may speak of. Everything can be unknown; without anything the text is what docs/errors.md shows. */
export interface Situation {
  readonly connection: AzureConnection | undefined;
  /** The named groups of the pattern that matched, cleaned for showing. */
  readonly said: Readonly<Record<string, string | undefined>>;
  /** Whose token the server refused, where that is known. */
  readonly principal?: TokenPrincipal | undefined;
  /** The message of the link that matched, when this library wrote it; other messages may quote anything. */
  readonly ownMessage: string | undefined;
  /** Likewise its hint. */
  readonly ownHint: string | undefined;
}

/** All that is given must hold for one error of the chain. */
export interface ErrorPattern {
  /** Default: connection. */
  readonly stage?: Stage;
  readonly sqlState?: readonly string[];
  /** An error code that is not a SQLSTATE: Node's, a driver's, an ORM's, this library's. */
  readonly code?: readonly string[];
  readonly name?: readonly string[];
  readonly status?: (status: number) => boolean;
  readonly message?: RegExp;
  /** What must be known of the connection. */
  readonly given?: (connection: AzureConnection | undefined) => boolean;
}

/** A message as a sentence: with one full stop, whether it had one or not. */
export const sentence = (message: string): string => `${message.replace(/\.+$/, '')}.`;

type Text = string | ((situation: Situation) => string);

/** One known failure. */
export interface ExplanationRow {
  readonly code: string;
  readonly when: readonly ErrorPattern[];
  readonly title: Text;
  readonly why: Text;
  readonly fix: readonly Text[];
  readonly docs: string;
}

/** The match of a pattern with a link; undefined where it does not hold. */
export function matchPattern(
  pattern: ErrorPattern,
  link: ErrorLink,
  connection: AzureConnection | undefined,
): Readonly<Record<string, string | undefined>> | undefined {
  const { sqlState, code, name, status, message, given } = pattern;
  if ((pattern.stage ?? 'connection') !== link.stage) return undefined;
  if (sqlState !== undefined && !(link.sqlState !== undefined && sqlState.includes(link.sqlState))) {
    return undefined;
  }
  if (code !== undefined && !(link.code !== undefined && code.includes(link.code))) return undefined;
  if (name !== undefined && !name.includes(link.name)) return undefined;
  if (status !== undefined && !(link.status !== undefined && status(link.status))) return undefined;
  if (given !== undefined && !given(connection)) return undefined;
  if (message === undefined) return {};
  const found = message.exec(link.message);
  if (found === null) return undefined;
  return Object.fromEntries(Object.entries(found.groups ?? {}).map(([key, value]) => [key, shown(value)]));
}

/** A name out of a server's message, in a form that can be shown on a terminal. */
function shown(value: string | undefined): string | undefined {
  return value?.replace(unshowable, ' ').slice(0, 200);
}

// What rows say about a connection.

/** "db.postgres.database.azure.com:5432", or a general word. */
export function place({ connection }: Situation): string {
  const host = connection?.hosts[0];
  return host === undefined ? 'the server' : `${host.host}:${host.port}`;
}

/** "port 5432": where the server itself listens. Of a pooler that is not Azure's only direct_port tells it. */
export function serverPort({ connection }: Situation): string {
  if (connection === undefined) return 'port 5432';
  const direct = connection.direct();
  return direct === connection && goesThroughPooler(connection)
    ? 'PostgreSQL’s own port (direct_port)'
    : `port ${portsOf(direct).join(' or ')}`;
}

/** The ports of the server and of its pooler, as far as they are known: "5432 and 6432". */
export function allPorts({ connection }: Situation): string {
  if (connection === undefined) return '5432 and 6432';
  return [...new Set([connection.direct(), connection.pooled()].flatMap(portsOf))].join(' and ');
}

/** Of all hosts, none of them twice. */
export function portsOf({ hosts }: AzureConnection): number[] {
  return [...new Set(hosts.map(({ port }) => port))];
}

/** 'role "app"', or a general word. */
export function roleName({ connection, said }: Situation): string {
  const user = said.user ?? connection?.user;
  return user === undefined ? 'the role' : `the role "${user}"`;
}

export function usesEntra(connection: AzureConnection | undefined): boolean {
  return connection?.auth === 'entra';
}

export function goesThroughPooler(connection: AzureConnection | undefined): boolean {
  return connection !== undefined && (connection.endpoint.pooled || connection.pooling.poolMode !== 'none');
}

export function isOnAzure(connection: AzureConnection | undefined): boolean {
  return connection !== undefined && connection.endpoint.kind !== 'other';
}
