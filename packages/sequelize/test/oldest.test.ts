import { createRequire } from 'node:module';
import { Sequelize } from 'sequelize';
import { expect, test } from 'vitest';

test('the Sequelize under test is the one that was asked for', () => {
  const { version } = Sequelize as unknown as { version: string };
  const oldest = process.env.DRIVER_VERSION_UNDER_TEST === 'oldest';
  const installed = createRequire(import.meta.url)(`sequelize${oldest ? '-oldest' : ''}/package.json`) as {
    version: string;
  };
  expect(version).toBe(installed.version);
  if (oldest) expect(version).toBe('6.29.0');
});
