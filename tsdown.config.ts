import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type UserConfig } from 'tsdown';

// One build for every package: the entries are the files that its package.json exports from source.
interface Manifest {
  exports: Record<string, Record<string, unknown> | string>;
  bin?: Record<string, string>;
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const sources = Object.values(manifest.exports).flatMap((entry) =>
  typeof entry === 'object' && typeof entry['@azure-pg/source'] === 'string'
    ? [entry['@azure-pg/source']]
    : [],
);
const nameOf = (file: string): string => file.replace('./src/', '').replace(/\.ts$/, '');
/** What `require` is given, where that has a source of its own: src/required.ts for dist/required.cjs. */
const required = Object.values(manifest.exports).flatMap((entry) => {
  const { require } = typeof entry === 'object' ? (entry as { require?: { default?: string } }) : {};
  const file = require?.default?.replace('./dist/', './src/').replace(/\.cjs$/, '.ts');
  return file !== undefined && !sources.includes(file) && existsSync(file) ? [file] : [];
});
const bins = Object.values(manifest.bin ?? {}).map((file) =>
  file.replace(/^(\.\/)?dist\//, './src/').replace(/\.js$/, '.ts'),
);

const common = {
  target: 'node20',
  platform: 'node',
  fixedExtension: false,
  cwd: process.cwd(),
  tsconfig: join(process.cwd(), 'tsconfig.json'),
  // Readable by itself, so neither sources nor their maps are published; what is documented stands in the types.
  outputOptions: { comments: { jsdoc: false, annotation: true, legal: true } },
} satisfies UserConfig;

const config: UserConfig[] = [
  {
    ...common,
    entry: Object.fromEntries([...sources, ...required].map((file) => [nameOf(file), file])),
    format: ['esm', 'cjs'],
    dts: { generator: 'oxc' },
  },
];
if (bins.length > 0) {
  // A command is only ever run, never required: ES modules are enough.
  config.push({
    ...common,
    entry: Object.fromEntries(bins.map((file) => [nameOf(file), file])),
    format: ['esm'],
    dts: false,
    clean: false,
  });
}
export default defineConfig(config) as UserConfig[];
