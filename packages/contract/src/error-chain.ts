/** An error, its causes, the errors it gathers and the objects on it (Prisma's `meta`): everywhere a user might look. */
export function errorChain(error: unknown): Record<string, unknown>[] {
  const found = new Set<Record<string, unknown>>();
  const queue: unknown[] = [error];
  while (queue.length > 0 && found.size < 100) {
    const next = queue.shift();
    if (typeof next !== 'object' || next === null || found.has(next as Record<string, unknown>)) continue;
    found.add(next as Record<string, unknown>);
    for (const name of Object.getOwnPropertyNames(next)) queue.push((next as Record<string, unknown>)[name]);
  }
  return [...found];
}

/** Every `code` in an error, its causes and what is on it. */
export function errorCodes(error: unknown): unknown[] {
  return errorChain(error).flatMap((link) => ['code', 'originalCode', 'errno'].map((name) => link[name]));
}

/** An error in one line. */
export function describeError(error: unknown): string {
  const codes = [...new Set(errorCodes(error).filter((code) => typeof code === 'string'))];
  const { message } = Object(error) as { message?: unknown };
  return `${codes.join(' ')} ${String(message ?? error).replaceAll(/\s+/g, ' ')}`.trim().slice(0, 160);
}

/** The error with which a promise rejects; throws when it does not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`It should have been refused, and gave ${JSON.stringify(value)}`);
}
