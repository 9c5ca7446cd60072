import { channel } from 'node:diagnostics_channel';
import type { AzurePgError } from '../errors/azure-pg-error.ts';
import type { Logger } from './logger.ts';

/** Why a token was asked for. */
export type TokenRequestReason =
  /** There was none. */
  | 'first'
  /** The held one is still in use; this one is fetched in the background. */
  | 'refresh'
  /** The held one is too near its end. */
  | 'expired'
  /** The server refused the held one. */
  | 'refused';

/**
 * What is published on Node's diagnostics channels, by channel name. Times are in milliseconds. No message holds a token, a
 * password or a connection string.
 */
export interface DiagnosticsMessages {
  /** A request to the credential begins. */
  'azure-pg:token.requested': { scope: string; credential: string; reason: TokenRequestReason };
  /** The credential gave a token, after `duration`; it lives `lifetime` from now. */
  'azure-pg:token.refreshed': {
    scope: string;
    credential: string;
    reason: TokenRequestReason;
    duration: number;
    lifetime: number;
  };
  /** The credential failed, or did not answer in time; `usable` says whether the held token goes on serving. */
  'azure-pg:token.failed': {
    scope: string;
    credential: string;
    reason: TokenRequestReason;
    duration: number;
    error: AzurePgError;
    usable: boolean;
  };
  /** A connect got a token: from the cache, or after waiting `duration` for a request; it lives `lifetime` from now. */
  'azure-pg:token.served': {
    scope: string;
    credential: string;
    cached: boolean;
    duration: number;
    lifetime: number;
  };
  /** The server refused the held token; `replaced` says whether a new one is worth asking for. */
  'azure-pg:token.refused': { scope: string; credential: string; replaced: boolean };
  /** A password was read from Azure Key Vault. */
  'azure-pg:secret.read': { vault: string; name: string; duration: number };
  /** Connecting failed with `error`, for the `attempt`th time, and is tried again after `wait`. */
  'azure-pg:connection.retried': {
    host: string;
    port: number;
    attempt: number;
    wait: number;
    error: AzurePgError;
  };
  /** There is another server behind a name, or it has become another one: pools close what leads to the former. `reason`: a SQLSTATE, "address" or "no answer". */
  'azure-pg:server.changed': { host: string; port: number; reason: string };
  /** A connection is open and signed in. */
  'azure-pg:connection.opened': {
    host: string;
    port: number;
    user: string;
    database: string | undefined;
    duration: number;
  };
  /**
   * A connect has ended with `error`, which its caller gets as well: after `duration`, with all its hosts and attempts. `host` and `port`
   * are the first of them.
   */
  'azure-pg:connection.failed': {
    host: string;
    port: number;
    database: string | undefined;
    duration: number;
    error: unknown;
  };
}

/** The names of the channels, for `diagnostics_channel.subscribe(name, …)`. */
export type DiagnosticsChannel = keyof DiagnosticsMessages;

// Registered names: all copies of this package publish on the same channels.
const channels: { readonly [Name in DiagnosticsChannel]: ReturnType<typeof channel> } = {
  'azure-pg:token.requested': channel('azure-pg:token.requested'),
  'azure-pg:token.refreshed': channel('azure-pg:token.refreshed'),
  'azure-pg:token.failed': channel('azure-pg:token.failed'),
  'azure-pg:token.served': channel('azure-pg:token.served'),
  'azure-pg:token.refused': channel('azure-pg:token.refused'),
  'azure-pg:secret.read': channel('azure-pg:secret.read'),
  'azure-pg:connection.retried': channel('azure-pg:connection.retried'),
  'azure-pg:server.changed': channel('azure-pg:server.changed'),
  'azure-pg:connection.opened': channel('azure-pg:connection.opened'),
  'azure-pg:connection.failed': channel('azure-pg:connection.failed'),
};

/** What the logger gets; `…` stands for what is signed in with. */
const sentences: { readonly [Name in DiagnosticsChannel]: string } = {
  'azure-pg:token.requested': 'Asking for …',
  'azure-pg:token.refreshed': 'Got …',
  'azure-pg:token.failed': 'Could not get …',
  'azure-pg:token.served': 'Signing in with …',
  'azure-pg:token.refused': 'The server refused …',
  'azure-pg:secret.read': 'Read the password from Azure Key Vault',
  'azure-pg:connection.retried': 'Could not connect, trying again',
  'azure-pg:server.changed': 'The server has changed, its connections are replaced',
  'azure-pg:connection.opened': 'Connected',
  'azure-pg:connection.failed': 'Could not connect',
};

/** Those that nobody is told of otherwise. */
const failures: ReadonlySet<DiagnosticsChannel> = new Set([
  'azure-pg:token.failed',
  'azure-pg:connection.retried',
]);

/**
 * Publishes on the channel and tells the logger: failures that the program gets no error for as a warning, the rest at debug level.
 *
 * @param what is signed in with, for the logger's sentence.
 */
export function publish<Name extends DiagnosticsChannel>(
  name: Name,
  message: DiagnosticsMessages[Name],
  logger?: Logger | undefined,
  what = 'an Entra token',
): void {
  if (channels[name].hasSubscribers) channels[name].publish(message);
  if (logger === undefined) return;
  const sentence = sentences[name].replace('…', what);
  try {
    if (failures.has(name)) logger.warn?.(sentence, message);
    else logger.debug?.(sentence, message);
  } catch {
    // A logger that throws must not fail the connection.
  }
}
