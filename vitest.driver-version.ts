import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig, type ViteUserConfig } from 'vitest/config';
import base from './vitest.base.ts';

/** A version of a driver or an ORM that a package supports, other than the newest. */
export interface DriverVersion {
  /** As in vitest.NAME.config.ts; tests find it as `DRIVER_VERSION_UNDER_TEST`. */
  readonly name: string;
  /** Packages, and the names under which their other version is installed. */
  readonly copies: Readonly<Record<string, string>>;
  /** Modules, as regular expressions, and the files that stand in for them, where the name of the copy alone does not lead to one. */
  readonly modules?: Readonly<Record<string, string>>;
  /** What has to be transformed, so that it too meets the other version; by default nothing. */
  readonly inline?: readonly RegExp[];
  /** Test files that say nothing about this version, from the package's folder. */
  readonly exclude?: readonly string[];
}

/** All of a package's tests over one version of its driver or ORM: `npm run matrix` runs them all. */
export function atDriverVersion(
  config: string,
  { name, copies, modules = {}, inline = [], exclude = [] }: DriverVersion,
): ViteUserConfig {
  const folder = new URL('.', config).pathname.replace(/^.*\/packages\//, 'packages/');
  const alias = [
    ...Object.entries(modules).map(([module, replacement]) => ({
      find: new RegExp(`^${module}$`),
      replacement,
    })),
    ...Object.entries(copies).map(([from, to]) => ({ find: new RegExp(`^${from}(?=/|$)`), replacement: to })),
  ];
  return defineConfig({
    ...base,
    root: fileURLToPath(new URL('.', import.meta.url)),
    resolve: { ...base.resolve, alias },
    test: {
      ...base.test,
      include: [`${folder}test/**/*.test.ts`],
      exclude: [...configDefaults.exclude, ...exclude.map((file) => folder + file)],
      // The contract's own processes have no aliases of Vite's.
      env: { ...base.test.env, DRIVER_VERSION_UNDER_TEST: name, CONTRACT_ALIASES: JSON.stringify(copies) },
      server: { deps: { inline: [/@azure-pg\//, ...inline] } },
    },
  });
}
