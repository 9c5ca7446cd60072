import driver from 'postgres';
import oldest from 'postgres-oldest';
import { expect, test } from 'vitest';

test('the driver under test is the one that was asked for', () => {
  expect(driver === oldest).toBe(process.env.DRIVER_VERSION_UNDER_TEST === 'oldest');
});
