import type { Auth, AuthMethod, RequireAuth } from '../../connection/connection.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { Layers } from '../gather/layers.ts';

const possible: readonly AuthMethod[] = ['password', 'md5', 'scram-sha-256', 'none'];
const methods: readonly AuthMethod[] = [...possible, 'gss', 'sspi', 'oauth'];

/**
 * libpq's rules for require_auth: a list of methods, or a list of methods each with "!" before it, none twice. Beyond them: a list that
 * only names what cannot be done here is refused, and so is one that keeps an Entra token, which is a cleartext password, from the server.
 * https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNECT-REQUIRE-AUTH
 */
export function resolveRequireAuth(layers: Layers, auth: Auth): RequireAuth | undefined {
  const given = layers.get('require_auth');
  if (given === undefined || given.value === '') return undefined;
  const invalid = (problem: string, hint?: string): Error =>
    invalidSetting('require_auth', given, problem, hint);
  const words = given.value.split(',').map((word) => word.trim());
  const named = words.map((word) => word.replace(/^!/, ''));
  if (named.some((method) => !(methods as readonly string[]).includes(method))) {
    throw invalid(`it must be methods separated by commas: ${methods.join(', ')}, each with or without "!"`);
  }
  const negated = words.filter((word) => word.startsWith('!')).length;
  if (negated > 0 && negated < words.length) throw invalid('methods with and without "!" cannot be mixed');
  if (new Set(named).size < named.length) throw invalid('a method is given twice');
  const allowed = methods.filter((method) => named.includes(method) === (negated === 0));
  if (!possible.some((method) => allowed.includes(method))) {
    throw invalid(`only ${possible.join(', ')} are supported`);
  }
  if (auth === 'entra' && !allowed.includes('password')) {
    throw invalid(
      'it forbids "password", which is how an Entra token is sent',
      'Add password, or use auth=password.',
    );
  }
  return Object.freeze({ written: words.join(','), methods: Object.freeze(allowed) });
}
