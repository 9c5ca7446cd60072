/** What a password is asked for. */
export interface PasswordRequest {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly database: string | undefined;
}

/** Gives the password of one sign-in. */
export type PasswordFunction = (request: PasswordRequest) => string | Promise<string>;
