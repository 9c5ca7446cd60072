/** What is read from an access token's payload. Never the token itself, and nothing that lets anybody in. */
export type TokenClaims = Readonly<Record<string, unknown>>;

const none: TokenClaims = Object.freeze({});

/** Real tokens have up to some 7 KB; what is far larger is not worth decoding. */
const longestToken = 256 * 1024;

/**
 * The claims of a JSON Web Token (RFC 7519), unverified: they only say under which name to sign in, and the server judges the token.
 * An opaque, malformed or huge token has none.
 */
export function readClaims(token: string): TokenClaims {
  if (token.length > longestToken) return none;
  const parts = token.split('.');
  const payload = parts[1];
  if (parts.length !== 3 || payload === undefined || !/^[A-Za-z0-9_-]+={0,2}$/.test(payload)) return none;
  try {
    const bytes = Buffer.from(payload, 'base64url');
    const claims: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return none;
    return Object.freeze(Object.assign(Object.create(null) as Record<string, unknown>, claims));
  } catch {
    return none;
  }
}
