import { fileURLToPath } from 'node:url';
import { endOf } from '../../vitest.end.ts';

export default endOf(import.meta.url, {
  name: 'next',
  copies: { 'drizzle-orm': 'drizzle-orm-next' },
  modules: { '\\./end\\.ts': fileURLToPath(new URL('test/next/end.ts', import.meta.url)) },
  exclude: ['test/kit.test.ts', 'test/readme.test.ts', 'test/oldest.test.ts', 'test/next.test.ts'],
});
