/** What a logger must have; `console`, pino, winston and bunyan all fit. Nothing that is logged holds a secret. */
export interface Logger {
  /** For troubleshooting: what was detected, where a setting came from. */
  debug?(message: string, details?: object): void;
  /** What went as it should. */
  info?(message: string, details?: object): void;
  /** What works, but not as it was meant. */
  warn?(message: string, details?: object): void;
}
