import { defineConfig } from 'vitest/config';
import { testFiles } from './scripts/test-files.ts';
import base from './vitest.base.ts';

const { unit, servers } = testFiles();
const project = (name: string, include: readonly string[], isolate: boolean) => ({
  extends: true as const,
  test: { name, include: [...include], isolate },
});

// Half of what the tests without servers take is the start of a process for each file, which none of them needs.
export default defineConfig({
  ...base,
  test: { ...base.test, projects: [project('unit', unit, false), project('servers', servers, true)] },
});
