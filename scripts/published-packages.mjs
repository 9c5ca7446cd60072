import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** pnpm's filters for the packages of a workspace that are published. */
export const publishedPackages = (root) =>
  globSync('packages/*/package.json', { cwd: root })
    .map((file) => JSON.parse(readFileSync(join(root, file), 'utf8')))
    .flatMap(({ name, private: own }) => (own ? [] : ['--filter', name]));
