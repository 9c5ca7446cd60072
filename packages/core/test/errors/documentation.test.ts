import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explanationFor } from '../../src/explain/explain-error.ts';
import { explanationTable } from '../../src/explain/explanation-table.ts';
import { errorsPage } from './documentation.ts';

const root = new URL('../../../../', import.meta.url);

// After a change of the table: pnpm vitest run packages/core/test/errors --update
test('docs/errors.md says what the table says', async () => {
  await expect(errorsPage()).toMatchFileSnapshot('../../../../docs/errors.md');
});

test('an explanation leads to its heading there, on the site that is published', () => {
  const page = readFileSync(new URL('docs/errors.md', root), 'utf8');
  const workflow = readFileSync(new URL('.github/workflows/site.yml', root), 'utf8');
  for (const { code } of explanationTable) {
    const { origin, pathname, hash } = new URL(explanationFor(code)?.docs ?? '');
    expect(origin).toBe('https://azure-pg.github.io');
    expect(workflow).toContain(`SITE_BASE: ${pathname.replace(/errors$/, '')}\n`);
    expect(page).toContain(`\n### ${hash.slice(1)}\n`);
  }
});
