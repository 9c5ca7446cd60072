import { percentDecode } from './percent-decode.ts';
import type { TextOrigin } from './syntax-error.ts';

const prefix = /^\s*jdbc:(?=postgresql:\/\/)/i;

/** JDBC's names, in lower case, of what libpq has under another name. */
const names: Readonly<Record<string, string>> = {
  applicationname: 'application_name',
  connecttimeout: 'connect_timeout',
  logintimeout: 'connect_timeout',
  tcpkeepalive: 'keepalives',
  targetservertype: 'target_session_attrs',
};

const serverTypes: Readonly<Record<string, string>> = {
  any: 'any',
  primary: 'primary',
  master: 'primary',
  secondary: 'standby',
  slave: 'standby',
  prefersecondary: 'prefer-standby',
  preferslave: 'prefer-standby',
};

/** The plugin that fetches tokens: the same wish as auth=entra. */
const entraPlugin = /^com\.azure\.identity\.[\w.]+$/;

/** "jdbc:postgresql://…": https://jdbc.postgresql.org/documentation/use/#connecting-to-the-database */
export function isJdbc(text: string): boolean {
  return prefix.test(text);
}

/** The same in a URI that libpq's grammar reads. What only JDBC's driver knows stays, and is refused by its name. */
export function jdbcToUri(text: string, origin: TextOrigin): string {
  const url = text.replace(prefix, '').trim();
  const question = url.indexOf('?');
  if (question < 0) return url;
  const written = url
    .slice(question + 1)
    .split('&')
    .filter((pair) => pair !== '');
  const hasMode = written.some((pair) => /^sslmode=/i.test(pair));
  const pairs = written
    // JDBC's driver looks at it where there is no sslmode, and verifies then.
    .filter((pair) => !hasMode || !/^ssl(?:=(?:true)?)?$/i.test(pair))
    .map((pair) => {
      const equals = pair.indexOf('=');
      const spelled = equals < 0 ? pair : pair.slice(0, equals);
      // As a form is encoded: "+" is a blank.
      const value = equals < 0 ? '' : pair.slice(equals + 1).replaceAll('+', '%20');
      const lower = spelled.toLowerCase();
      if (lower === 'ssl' && ['', 'true'].includes(value.toLowerCase())) return 'sslmode=verify-full';
      if (lower === 'authenticationpluginclassname' && entraPlugin.test(value)) return 'auth=entra';
      const name = Object.hasOwn(names, lower) ? names[lower] : undefined;
      if (name === 'target_session_attrs') {
        return `${name}=${serverTypes[percentDecode(value, origin).toLowerCase()] ?? value}`;
      }
      if (name === 'keepalives') return `${name}=${value === 'true' ? 1 : value === 'false' ? 0 : value}`;
      return name === undefined && equals < 0 ? `${spelled}=` : `${name ?? spelled}=${value}`;
    });
  return url.slice(0, question) + (pairs.length > 0 ? `?${pairs.join('&')}` : '');
}
