import { atDriverVersion } from '../../vitest.driver-version.ts';

export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: { 'drizzle-orm': 'drizzle-orm-oldest' },
  // Programs that run by themselves, over the newest; and what takes the other versions by itself.
  exclude: ['test/kit.test.ts', 'test/readme.test.ts', 'test/oldest.test.ts', 'test/next.test.ts'],
});
