import type { SettingSource } from '../../errors/setting-source.ts';
import { parseText } from '../parse/parse-text.ts';
import type { ParseNotes } from '../parse/setting-sink.ts';
import type { SettingName } from '../table/settings.ts';
import { type Layers, refuseKeyVaultReference } from './layers.ts';

/** Adds the settings of a connection string, wherever it was given. */
export function addConnectionString(text: string, layers: Layers, source: SettingSource, from: string): void {
  refuseKeyVaultReference(text, from);
  const noted: ParseNotes = {};
  for (const [name, value] of Object.entries(parseText(text, from, undefined, noted))) {
    const anyTls = name === 'sslmode' && noted.anyTls === true;
    layers.add(name as SettingName, value, source, from, { inText: true, anyTls });
  }
}
