import { translateSslOption } from '@azure-pg/core/adapter';

const pemOptions = ['ca', 'cert', 'key'] as const;
const secrets = ['key', 'passphrase', 'pfx'];

/**
 * An `ssl` option without certificates and keys that are not PEM text, and what is wrong with them. As with pg, that is reported not when a
 * client is made, but when it connects.
 */
export function usableSsl(ssl: unknown): { ssl: unknown; problem: unknown } {
  if (typeof ssl !== 'object' || ssl === null) return { ssl, problem: undefined };
  // pg hides the key from enumeration.
  const given: Record<string, unknown> = { ...ssl, key: (ssl as { key?: unknown }).key };
  try {
    for (const name of pemOptions) translateSslOption({ [name]: given[name] }, undefined);
    return { ssl, problem: undefined };
  } catch (problem) {
    const { ca: _, cert: __, key: ___, ...rest } = given;
    return { ssl: rest, problem };
  }
}

/** An `ssl` option as a client shows it: a copy whose secrets can be read but are not printed. */
export function shownSsl(ssl: unknown): unknown {
  if (typeof ssl !== 'object' || ssl === null) return ssl;
  const all = Object.getOwnPropertyDescriptors(ssl as Record<string, unknown>);
  const shown = Object.entries(all).map(([name, each]) => [
    name,
    { ...each, configurable: true, enumerable: each.enumerable && !secrets.includes(name) },
  ]);
  return Object.defineProperties({}, Object.fromEntries(shown));
}
