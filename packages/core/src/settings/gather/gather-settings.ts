import type { AzureConnection } from '../../connection/connection.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { theConnectionString } from '../parse/syntax-error.ts';
import { addConnectionString } from './add-connection-string.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { addEnvironment, environmentServerOptions } from './environment.ts';
import { refuseHalfEmptyAuthority } from './half-empty-authority.ts';
import { Layers } from './layers.ts';
import { readEnvironment } from './read-environment.ts';
import { type ObjectOptions, readOptions } from './read-options.ts';
import { addServiceFile } from './service-file.ts';

/** Everything that was given, and by whom, before anything is derived from it. */
export interface GatheredSettings extends ObjectOptions {
  readonly layers: Layers;
  /** As it was when it was read; see `readEnvironment`. */
  readonly env: NodeJS.ProcessEnv;
  /** The secret of a service principal, which Service Connector gives in AZURE_POSTGRESQL_CLIENTSECRET. */
  readonly clientSecret: string | undefined;
  /** The connection that this one is the twin of, and on which side of the pooler it is. */
  readonly twin?: { readonly side: 'direct' | 'pooled'; readonly connection: AzureConnection } | undefined;
}

/** Reads the layers from the strongest to the weakest: options, connection string, service file, environment. */
export function gatherSettings(
  input: string | ConnectionOptions | undefined,
  options: ConnectionOptions | undefined,
  given: NodeJS.ProcessEnv,
): GatheredSettings {
  const env = readEnvironment(given);
  const layers = new Layers();
  const objects = readBoth(input, options, layers);
  const text = objects.connectionString;
  if (text !== undefined) addText(text, layers);
  addServiceFile(env, layers);
  if (text !== undefined) refuseHalfEmptyAuthority(text, theConnectionString, layers, env);
  const clientSecret = addEnvironment(env, layers, text !== undefined);
  const serverOptions = environmentServerOptions(env);
  if (serverOptions !== undefined) prependServerOptions(layers, serverOptions);
  return { ...objects, clientSecret, layers, env };
}

/** `options` win over the options in `input`. */
function readBoth(
  input: string | ConnectionOptions | undefined,
  options: ConnectionOptions | undefined,
  layers: Layers,
): ObjectOptions {
  const upper = readOptions(options ?? {}, layers);
  if (input === undefined || input === null) return upper;
  if (typeof input === 'string') {
    if (upper.connectionString !== undefined) {
      throw new AzurePgError(
        'INVALID_SETTING',
        'Two connection strings are given: the input and the option "connectionString"',
      );
    }
    return { ...upper, connectionString: input };
  }
  const hadPassword = layers.has('password');
  const lower = readOptions(input, layers);
  return {
    connectionString: upper.connectionString ?? lower.connectionString,
    passwordFunction: upper.passwordFunction ?? (hadPassword ? undefined : lower.passwordFunction),
    credential: upper.credential ?? lower.credential,
    tokenProvider: upper.tokenProvider ?? lower.tokenProvider,
    logger: upper.logger ?? lower.logger,
    trustConnectionString: upper.trustConnectionString ?? lower.trustConnectionString,
  };
}

function addText(text: string, layers: Layers): void {
  if (text.trim() === '') {
    throw new AzurePgError('INVALID_CONNECTION_STRING', 'The connection string is empty', {
      hint: 'Is the variable it comes from set? Leave it out to use the environment.',
    });
  }
  addConnectionString(text, layers, 'connection string', theConnectionString);
}

function prependServerOptions(layers: Layers, serverOptions: string): void {
  const own = layers.get('options');
  if (own === undefined) {
    layers.add(
      'options',
      serverOptions,
      'environment',
      'the environment variables PGTZ, PGDATESTYLE, PGGEQO',
    );
  } else if (!own.value.startsWith(serverOptions)) {
    layers.replace('options', { ...own, value: `${serverOptions} ${own.value}` });
  }
}
