import type { Logger } from './logger.ts';
import { unshowable, webTokens } from './showable.ts';

// Shared by all copies of this package in the process.
const registry = Symbol.for('@azure-pg/core.warned');

/**
 * Says something once per process: to the user's logger where it takes warnings, else as a Node.js warning (`AzurePgWarning`), which
 * `process.on('warning')` sees and --no-warnings silences.
 *
 * @param key what tells this warning from others; it holds no secret.
 */
export function warnOnce(logger: Logger | undefined, key: string, message: string): void {
  const shared = globalThis as { [registry]?: Set<string> };
  shared[registry] ??= new Set();
  if (shared[registry].has(key)) return;
  shared[registry].add(key);
  warn(logger, message);
}

/** Says it every time. The words of a server may be in it: an idle connection's last ones. */
export function warn(logger: Logger | undefined, message: string, details?: object): void {
  const shown = message.replace(webTokens, '***').replace(unshowable, ' ');
  if (logger?.warn === undefined) {
    process.emitWarning(shown, { type: 'AzurePgWarning' });
    return;
  }
  try {
    logger.warn(shown, details);
  } catch {
    // A logger that throws must not break what it reports.
  }
}
