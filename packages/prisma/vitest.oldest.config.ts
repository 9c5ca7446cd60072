import { endOf } from '../../vitest.end.ts';

// The tests find Prisma's packages in a project of this end: see test/project.ts.
export default endOf(import.meta.url, {
  name: 'oldest',
  copies: {},
  // What this end's contract is to an ordinary run is contract.test.ts to this one.
  exclude: ['test/oldest.test.ts'],
});
