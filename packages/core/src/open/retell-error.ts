import { AzurePgError } from '../errors/azure-pg-error.ts';

/** The same failure in other words: code, hint and what the server said stay, and so does what other parts of this library know of it. */
export function retell(
  error: AzurePgError,
  message: string,
  { cause = error.cause }: { readonly cause?: unknown } = {},
): AzurePgError {
  const { code, hint, docs, serverError } = error;
  const told = new AzurePgError(code, message, { hint, docs, serverError, cause });
  for (const symbol of Object.getOwnPropertySymbols(error)) {
    const descriptor = Object.getOwnPropertyDescriptor(error, symbol);
    if (descriptor !== undefined && !(symbol in told)) Object.defineProperty(told, symbol, descriptor);
  }
  return told;
}
