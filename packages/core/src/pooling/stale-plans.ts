// Shared by all copies of this package in the process.
const registry = Symbol.for('@azure-pg/core.stale-plans');
const mostKnown = 500;

/**
 * Whether a server's error says that a prepared statement no longer fits its tables: a column was added, and the statement returns all. Directly, a new
 * connection prepares it again. A pooler with max_prepared_statements keeps it by its text, for all connections and clients.
 */
export function isStalePlan(error: unknown): boolean {
  const { code, routine, message } = (error ?? {}) as Record<'code' | 'routine' | 'message', unknown>;
  // The function's name is the same in every language of the server's messages.
  return (
    code === '0A000' &&
    (routine === 'RevalidateCachedQuery' || /cached plan must not change/.test(String(message)))
  );
}

/** Remembers that the pooler's plan of a text is stale: from now on it must be sent without a name. */
export function noteStalePlan(text: string): void {
  const texts = known();
  if (texts.size >= mostKnown) texts.delete(texts.values().next().value as string);
  texts.add(text);
}

/** Whether {@link noteStalePlan} was told of this text; of another database's it may have been, which costs no more than planning it each time. */
export function hasStalePlan(text: string): boolean {
  const texts = known();
  return texts.size > 0 && texts.has(text);
}

function known(): Set<string> {
  const shared = globalThis as { [registry]?: Set<string> };
  shared[registry] ??= new Set();
  return shared[registry];
}
