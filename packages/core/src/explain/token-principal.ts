/** Whose token it was: ids and names from its claims, which are not secret. Nothing leads from here to the token. */
export interface TokenPrincipal {
  readonly objectId: string;
  /** As pgaadauth calls it; a group has no tokens of its own. */
  readonly principalType: 'user' | 'service';
  /** The role that it certainly stands for; undefined where its claims name none. */
  readonly role: string | undefined;
}

// Registered, so that another copy of this package can ask, too. Not enumerable: it does not bloat logs.
const key = Symbol.for('@azure-pg/core.principal');

/** Notes on an error of signing in whose token was refused, for its explanation. */
export function noteTokenPrincipal(error: unknown, principal: TokenPrincipal | undefined): void {
  if (principal === undefined || !(error instanceof Error) || !Object.isExtensible(error)) return;
  Object.defineProperty(error, key, { value: Object.freeze(principal), configurable: true });
}

/** Whose token was refused; undefined where the error does not come from a refused token, or that said nothing. */
export function tokenPrincipalOf(error: unknown): TokenPrincipal | undefined {
  for (let one = error, depth = 0; depth < 10 && one instanceof Error; one = one.cause, depth++) {
    const found = (one as { [key]?: TokenPrincipal })[key];
    if (found !== undefined) return found;
  }
  return undefined;
}
