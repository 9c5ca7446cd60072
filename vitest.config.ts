import { defineConfig } from 'vitest/config';
import { testFiles } from './scripts/test-files.ts';
import base from './vitest.base.ts';

const { unit, servers } = testFiles();
const project = (name: string, include: readonly string[]) => ({
  extends: true as const,
  test: { name, include: [...include] },
});

export default defineConfig({
  ...base,
  test: { ...base.test, projects: [project('unit', unit), project('servers', servers)] },
});
