import { readFile } from 'node:fs/promises';
import { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { expect, test } from 'vitest';
import * as ours from '../src/index.ts';

const { DRIVER_VERSION_UNDER_TEST: version } = process.env;
const copy = version === undefined ? 'drizzle-orm' : `drizzle-orm-${version}`;
const versions: Record<string, RegExp> = {
  'drizzle-orm': /^0\.45\./,
  'drizzle-orm-oldest': /^0\.44\.0$/,
  'drizzle-orm-next': /^1\.0\.0-rc\./,
};

test('this runs over the version of Drizzle that it says', async () => {
  const meant = (await import(/* @vite-ignore */ `${copy}/node-postgres`)) as typeof ours;
  expect(NodePgDatabase).toBe(meant.NodePgDatabase);
  expect(ours.NodePgDatabase).toBe(meant.NodePgDatabase);
  const manifest = await readFile(new URL(`../node_modules/${copy}/package.json`, import.meta.url), 'utf8');
  expect((JSON.parse(manifest) as { version: string }).version).toMatch(versions[copy] ?? /^$/);
});
