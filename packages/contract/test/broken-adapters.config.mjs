import base from '../../../vitest.base.ts';

/** For catches.test.ts: short patience, because some of the broken adapters hang. */
export default {
  ...base,
  test: {
    ...base.test,
    include: ['packages/contract/test/broken-adapters.suite.ts'],
    testTimeout: 6000,
    dangerouslyIgnoreUnhandledErrors: true,
  },
};
