import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** This Node.js, and others that are on the PATH and can load something before a program as it is meant: version → executable. */
export const nodeVersions: ReadonlyMap<string, string> = new Map(
  [process.execPath, ...(process.env.PATH ?? '').split(delimiter).map((path) => join(path, 'node'))]
    .filter((path) => existsSync(path))
    .map((path) => [execFileSync(path, ['--version'], { encoding: 'utf8' }).trim(), path] as const)
    .filter(([version]) => !/^v(?:1?\d|20\.[0-5])\./.test(version))
    .reverse(),
);

/** What a program printed. */
export interface ProgramOutput {
  readonly output: string;
  readonly errors: string;
}

/** Runs a program with nothing of this process's own options. Rejects with all that it printed where it fails. */
export function runNode(
  node: string,
  args: readonly string[],
  { folder, env }: { readonly folder: string; readonly env: Readonly<Record<string, string>> },
): Promise<ProgramOutput> {
  const variables = { ...process.env, NODE_OPTIONS: '', NODE_COMPILE_CACHE: '', ...env };
  return new Promise((resolve, reject) => {
    execFile(node, args, { cwd: folder, env: variables }, (error, output, errors) => {
      if (error === null) resolve({ output, errors });
      else reject(new Error(`${error.message}\n${output}\n${errors}`));
    });
  });
}

const asData = (text: string): string => `data:text/javascript,${encodeURIComponent(text)}`;

/** A loader of the older kind that reads the source of CommonJS files itself, as those of other programs do. */
const loader = asData(`
  import { register } from 'node:module';
  register(${JSON.stringify(
    asData(`
      import { readFileSync } from 'node:fs';
      import { fileURLToPath } from 'node:url';
      export async function load(url, context, next) {
        const loaded = await next(url, context);
        if (loaded.format !== 'commonjs' || loaded.source) return loaded;
        return { ...loaded, source: readFileSync(fileURLToPath(url)) };
      }`),
  )});`);
const withoutHooks = asData(`
  import module, { syncBuiltinESMExports } from 'node:module';
  module.registerHooks = undefined;
  syncBuiltinESMExports();`);

/** The ways to load something before a program, and what may be in the way: options of Node.js by their description. */
export function preloads(module: string): Readonly<Record<string, readonly string[]>> {
  const imported = ['--import', module];
  return {
    '--import': imported,
    '--require': ['--require', module],
    both: [...imported, '--require', module],
    'behind another loader': ['--import', loader, ...imported],
    'before another loader': [...imported, '--import', loader],
    'without registerHooks': ['--import', withoutHooks, ...imported],
  };
}
