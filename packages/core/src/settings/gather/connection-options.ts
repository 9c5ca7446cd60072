import type { TokenCredential } from '../../connection/token-credential.ts';
import type { Logger } from '../../notices/logger.ts';
import type { SettingOptions } from './setting-options.ts';

/**
 * The options of `resolveConnection` and of every adapter, alongside the driver's own. A value of undefined counts as not given;
 * an unknown name is an error. What each setting does: docs/connection-strings.md.
 */
export interface ConnectionOptions extends SettingOptions {
  /** A URI or keyword/value pairs; every other option wins over it. */
  connectionString?: string | undefined;
  /** The drivers' word for dbname. */
  database?: string | undefined;
  /** Any TokenCredential of @azure/identity. Default: DefaultAzureCredential, made when the first token is needed. */
  credential?: TokenCredential | undefined;
  /** Gives a token at every sign-in; it is used as it is, and caching is its own business. */
  tokenProvider?: (() => Promise<string>) | undefined;
  logger?: Logger | undefined;
  /**
   * Nobody else can write the connection string or service file: then it may also say to whom secrets go (`allowed_hosts`, an
   * `authority_host` or scope that is not Azure's). Default: false, such a word in it is refused.
   */
  trustConnectionString?: boolean | undefined;
}
