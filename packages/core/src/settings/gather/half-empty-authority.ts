import type { TextOrigin } from '../parse/syntax-error.ts';
import { uriOf, uriPrefixLength } from '../parse/uri.ts';
import { invalidSetting } from './invalid-setting.ts';
import type { Layers } from './layers.ts';

/**
 * "postgres:///app" leaves the host to the environment and the default, as in libpq. "postgres://ada:secret@/app" does too, in
 * libpq; here it is refused, because a variable in it was not set and the password would go to whatever the default is.
 */
export function refuseHalfEmptyAuthority(
  text: string,
  origin: TextOrigin,
  layers: Layers,
  env: NodeJS.ProcessEnv,
): void {
  const uri = uriOf(text);
  const start = uriPrefixLength(uri);
  if (start === 0 || layers.has('host') || layers.has('hostaddr') || env.PGHOST || env.PGHOSTADDR) return;
  if (start < uri.length && !'/?'.includes(uri[start] as string)) {
    throw invalidSetting(
      'host',
      { from: origin },
      'it is empty',
      'Name a host in the URI; a variable in it may not be set.',
    );
  }
}
