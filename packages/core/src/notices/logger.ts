/** What a logger must have; `console`, pino, winston and bunyan all fit. Nothing that is logged holds a secret. */
export interface Logger {
  debug?(message: string, details?: object): void;
  info?(message: string, details?: object): void;
  warn?(message: string, details?: object): void;
}
