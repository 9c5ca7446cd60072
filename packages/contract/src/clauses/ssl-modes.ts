import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Context } from '../context.ts';
import { expectCode } from './expect-error.ts';

type Root = 'right' | 'foreign' | 'none';

// Mode, root certificate, host in the certificate; then what happens: encrypted, or the code of the refusal. As libpq does it, against
// a server that wants TLS.
const cases: readonly (readonly [mode: string, root: Root, host: 'right' | 'wrong', result: string])[] = [
  ['disable', 'right', 'right', '28000'],
  ['allow', 'none', 'right', 'encrypted'],
  ['prefer', 'none', 'right', 'encrypted'],
  ['require', 'none', 'wrong', 'encrypted'],
  ['require', 'right', 'wrong', 'encrypted'],
  ['require', 'foreign', 'right', 'CERTIFICATE_NOT_TRUSTED'],
  ['verify-ca', 'right', 'wrong', 'encrypted'],
  ['verify-ca', 'foreign', 'right', 'CERTIFICATE_NOT_TRUSTED'],
  ['verify-full', 'right', 'right', 'encrypted'],
  ['verify-full', 'right', 'wrong', 'HOST_NAME_MISMATCH'],
  ['verify-full', 'none', 'right', 'CERTIFICATE_NOT_TRUSTED'],
];

/** https://www.postgresql.org/docs/18/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
export function describeSslModes(context: Context): void {
  describe.runIf(context.toggles.sslModes)('sslmode', () => {
    test.each(cases)('%s with %s root and %s host: %s', async (mode, root, host, result) => {
      const { stand } = context;
      const url = new URL(stand.passwordUrl('direct', { sslmode: mode }));
      url.searchParams.delete('sslrootcert');
      if (root === 'right') url.searchParams.set('sslrootcert', stand.ordinary.ca.file);
      if (root === 'foreign') {
        const file = join(stand.ordinary.folder, 'foreign-ca.pem');
        await writeFile(file, stand.foreignCa);
        url.searchParams.set('sslrootcert', file);
      }
      if (host === 'wrong') {
        url.hostname = 'elsewhere.example';
        url.searchParams.set('hostaddr', '127.0.0.1');
      }
      const client = await context.open({ url: url.href });
      const encrypted = client.query('select ssl from pg_stat_ssl where pid = pg_backend_pid()');
      if (result === 'encrypted') expect(await encrypted).toEqual([{ ssl: true }]);
      else await expectCode(encrypted, result);
    });
  });
}
