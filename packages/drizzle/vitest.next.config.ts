import { fileURLToPath } from 'node:url';
import { atDriverVersion } from '../../vitest.driver-version.ts';

export default atDriverVersion(import.meta.url, {
  name: 'next',
  copies: { 'drizzle-orm': 'drizzle-orm-next' },
  modules: {
    '\\./drizzle-version\\.ts': fileURLToPath(new URL('test/next/drizzle-version.ts', import.meta.url)),
  },
  exclude: ['test/kit.test.ts', 'test/readme.test.ts', 'test/oldest.test.ts', 'test/next.test.ts'],
});
