import { expect, test } from 'vitest';
import { connectionOptionsFile, connectionStringsPage } from './settings-documentation.ts';

// After a change of settings/table: pnpm vitest run packages/core/test/connection-string/documented-settings.test.ts --update
test('the tables of docs/connection-strings.md say what the settings’ rows say', async () => {
  await expect(connectionStringsPage()).toMatchFileSnapshot('../../../../docs/connection-strings.md');
});

test('the option types have every setting, in both spellings', async () => {
  await expect(connectionOptionsFile()).toMatchFileSnapshot('../../src/settings/gather/setting-options.ts');
});
