import { unshowable, webTokens } from '../../notices/showable.ts';

/** The password in a URL. */
const inUrls = /(:\/\/[^\s/:@]*:)[^\s/@]+@/g;
/** What follows the names under which secrets travel. */
const named =
  /(\b(?:(?:client_?)?secret|client_assertion|assertion|access_token|refresh_token|id_token|password|pwd|authorization|x-identity-header|sig)["']?\s*[:=]\s*)(?:(?:Bearer|Basic)\s+)?("[^"]*"|'[^']*'|[^\s&,;}"']+)/gi;

/** One line of another library's message, at most `longest` characters, with whatever looks like a secret taken out. */
export function withoutSecrets(message: string, longest = 300): string {
  const clean = message
    .slice(0, 20_000)
    .replace(unshowable, ' ')
    .replace(/\s+/g, ' ')
    .replace(named, '$1[hidden]')
    .replace(/Bearer\s+[\w.~+/-]+=*/gi, 'Bearer [hidden]')
    .replace(webTokens, '[hidden]')
    .replace(inUrls, '$1[hidden]@')
    .trim();
  return clean.length > longest ? `${clean.slice(0, longest - 1).trimEnd()}…` : clean;
}

/** A stand-in for another library's error, whose own fields may hold requests with headers and bodies: its name, code, status and message. */
export function errorWithoutSecrets(error: unknown): Error {
  const { name, message, code, statusCode } = (
    typeof error === 'object' && error !== null ? error : { message: String(error) }
  ) as { name?: unknown; message?: unknown; code?: unknown; statusCode?: unknown };
  const clean = new Error(withoutSecrets(typeof message === 'string' ? message : 'unknown error', 2000));
  clean.name = typeof name === 'string' ? name : 'Error';
  // The place where this copy was made says nothing.
  clean.stack = `${clean.name}: ${clean.message}`;
  return Object.assign(
    clean,
    typeof code === 'string' ? { code } : {},
    typeof statusCode === 'number' ? { statusCode } : {},
  );
}
