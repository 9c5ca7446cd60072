import { AzurePgError } from '../../errors/azure-pg-error.ts';

/** An optional peer could not be loaded: not installed, or broken. */
export function missingDependency(name: string, why: string, error: unknown): AzurePgError {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const absent =
    (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') && String(message).includes(name);
  return new AzurePgError(
    'MISSING_DEPENDENCY',
    absent ? `${name} is not installed, and ${why}` : `${name} could not be loaded, and ${why}`,
    { hint: absent ? `Run: npm install ${name}` : `Reinstall it: npm install ${name}`, cause: error },
  );
}
