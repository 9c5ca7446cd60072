/** What can keep the emulator from doing its work. */
export type EmulatorErrorCode =
  /** No PostgreSQL binaries for this platform could be found. */
  | 'POSTGRES_UNAVAILABLE'
  /** A pooler was asked for, but there is no PgBouncer of at least 1.21 and none could be fetched. */
  | 'PGBOUNCER_UNAVAILABLE'
  /** A server did not start; the message ends with what it logged. */
  | 'SERVER_START_FAILED'
  /** The folder for what outlives an emulator could not be made, or others may write to it. */
  | 'CACHE_UNUSABLE'
  /** An option, or a call's argument, is invalid. */
  | 'INVALID_OPTION'
  /** The emulator, or the part that was asked for, is not running. */
  | 'NOT_RUNNING';

/** Every refusal of the emulator itself. `hint` says in one sentence how to fix it. */
export class EmulatorError extends Error {
  readonly code: EmulatorErrorCode;
  readonly hint: string | undefined;

  constructor(code: EmulatorErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(
      options.hint === undefined ? message : `${message} ${options.hint}`,
      'cause' in options ? { cause: options.cause } : undefined,
    );
    this.name = 'EmulatorError';
    this.code = code;
    this.hint = options.hint;
  }
}
