import { atDriverVersion } from '../../vitest.driver-version.ts';

// The tests find Prisma's packages in a project of this version: see test/project.ts.
export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: {},
  // What is to become Prisma 8 has no adapter.
  exclude: ['test/oldest.test.ts', 'test/prisma-next.test.ts'],
});
