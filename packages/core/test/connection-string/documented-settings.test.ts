import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { settingNames } from '../../src/settings/parse/setting-names.ts';

const docs = readFileSync(new URL('../../../../docs/connection-strings.md', import.meta.url), 'utf8');

describe('docs/connection-strings.md', () => {
  it.each(settingNames)('says what %s means', (name) => {
    const rows = docs.split('\n').filter((line) => line.startsWith('|'));
    expect(rows.some((row) => row.split('|')[1]?.includes(`\`${name}\``))).toBe(true);
  });
});
