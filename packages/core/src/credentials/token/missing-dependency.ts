import { AzurePgError } from '../../errors/azure-pg-error.ts';

/**
 * An optional peer could not be loaded: not installed, or broken, or bundled in a way that it does not bear.
 * @param error why; undefined where nothing failed, and the module is empty.
 */
export function missingDependency(name: string, why: string, error: unknown): AzurePgError {
  const { state, hint } = reasonOf(name, error);
  return new AzurePgError('MISSING_DEPENDENCY', `${name} ${state}, and ${why}`, { hint, cause: error });
}

function reasonOf(name: string, error: unknown): { state: string; hint: string } {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const text = String(message);
  // What esbuild and Rolldown write into a bundle of ES modules for each require() of CommonJS code.
  if (/^Dynamic require of ".*" is not supported$|^Calling `require` for /.test(text)) {
    return {
      state: 'cannot run in a bundle of ES modules',
      hint: `It has CommonJS inside: bundle as CommonJS (esbuild: --format=cjs), or leave ${name} out of the bundle (--external:${name}) and install it beside it.`,
    };
  }
  const absent =
    error === undefined ||
    ((code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && text.includes(name)) ||
    // Vite's, in a bundle that was built without it.
    text.startsWith(`Could not resolve "${name}" imported by `);
  return absent
    ? { state: 'is not installed', hint: `Run: npm install ${name}` }
    : { state: 'could not be loaded', hint: `Reinstall it: npm install ${name}` };
}
