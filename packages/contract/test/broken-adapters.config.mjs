import shared from '../../../vitest.config.ts';

/** For catches.test.ts: short patience, because some of the broken adapters hang. */
export default {
  ...shared,
  test: {
    ...shared.test,
    include: ['packages/contract/test/broken-adapters.suite.ts'],
    testTimeout: 6000,
    dangerouslyIgnoreUnhandledErrors: true,
  },
};
