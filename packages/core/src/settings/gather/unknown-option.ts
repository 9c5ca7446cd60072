import { AzurePgError } from '../../errors/azure-pg-error.ts';

/** A long or strange name may be anything, even a string that was spread into an object. */
export const isShowableName = (name: string): boolean => /^[\w$.-]{1,60}$/.test(name);

/** @param hint what helps somebody who wrote the name, where it can be shown. */
export function unknownOption(name: string, hint: string | undefined): AzurePgError {
  const shown = isShowableName(name);
  return new AzurePgError('INVALID_SETTING', shown ? `Unknown option "${name}"` : 'Unknown option', {
    hint: shown ? hint : undefined,
    setting: shown ? name : undefined,
    source: 'options',
  });
}
