import type { ServerErrorFields } from '../errors/azure-pg-error.ts';

export interface SignIn {
  readonly user: string;
  /** undefined where there is none; a server that trusts does not ask for it. */
  readonly password: string | undefined;
}

/** Who signs in and with what. Created for every attempt to connect; what it returns is shared by the whole process. */
export interface SignInSource {
  /**
   * Who signs in at this host, and with what; a cached token where there is a usable one.
   * @throws AzurePgError `HOST_NOT_ALLOWED`, `TOKEN_UNAVAILABLE`, `ROLE_UNKNOWN`, `MISSING_DEPENDENCY`, `PASSWORD_MISSING`, `KEY_VAULT`;
   * the signal's reason when it fires.
   */
  get(options: { signal: AbortSignal; host: string; port?: number | undefined }): Promise<SignIn>;
  /** The server refused this sign-in. True, once per attempt, when another `get` gives something that is worth one more try. */
  refused(signIn: SignIn, error: ServerErrorFields): boolean;
}
