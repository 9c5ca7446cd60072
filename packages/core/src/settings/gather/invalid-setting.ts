import { AzurePgError } from '../../errors/azure-pg-error.ts';
import type { SettingSource } from '../../errors/setting-source.ts';
import type { SettingName } from '../table/settings.ts';

/** A value that a setting cannot have. It names the setting and its source and never the value, which may be a misplaced secret. */
export function invalidSetting(
  name: SettingName,
  given: { readonly from: string; readonly source?: SettingSource } | undefined,
  problem: string,
  hint?: string,
): AzurePgError {
  const where = given === undefined ? '' : ` (from ${given.from})`;
  return new AzurePgError('INVALID_SETTING', `Invalid ${name}${where}: ${problem}`, {
    hint,
    setting: name,
    source: given?.source,
  });
}
