import { expect, test } from 'vitest';
import { errorsPage } from './documentation.ts';

// After a change of the table: pnpm vitest run packages/core/test/errors --update
test('docs/errors.md says what the table says', async () => {
  await expect(errorsPage()).toMatchFileSnapshot('../../../../docs/errors.md');
});
