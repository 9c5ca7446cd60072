import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import { loaderSource, registryName, replaced } from './loader-source.ts';

/** A driver whose exports are replaced in every copy of it that a program loads. */
export interface LoadedDriver {
  /** The name in its package.json, also where it is installed under another. */
  readonly name: string;
  /** The file that `require` is given, from the package's folder: `lib/index.js`. */
  readonly commonJs: string;
  /** The file that `import` is given, where that is not the same, and what it exports. */
  readonly esModule?: EsModuleFile | undefined;
  /** Gives what the program gets instead of what the driver exports; called once or more for each copy. */
  readonly replace: (exports: unknown) => unknown;
}

/** `export default Driver` in an ES module of the driver's. */
export interface EsModuleFile {
  readonly file: string;
  /** What it exports: `Driver`. */
  readonly exported: string;
}

interface CommonJsModule {
  exports: unknown;
  readonly filename?: string;
}

interface LoadResult {
  readonly format?: string;
  readonly source?: unknown;
}
type NextLoad = (url: string, context: unknown) => LoadResult;

/** What of `node:module` its types, or older versions, leave out. */
interface Loading {
  readonly default: {
    readonly _cache: Readonly<Record<string, CommonJsModule | undefined>>;
    readonly prototype: {
      _compile(this: CommonJsModule, content: string, filename: string, ...more: unknown[]): unknown;
    };
  };
  readonly registerHooks?: (hooks: {
    load(url: string, context: { conditions?: readonly string[] }, next: NextLoad): LoadResult;
  }) => unknown;
  readonly register?: (specifier: string) => void;
}

// Shared by all copies of this package: each driver is registered once. What is added to a driver's file (loader-source.ts) asks it, too.
const registry: unique symbol = Symbol.for(registryName);

interface Registry {
  readonly drivers: Map<string, LoadedDriver>;
  replace(name: string, exports: unknown): unknown;
}

/**
 * Replaces what a driver exports, in each copy of it that the program loads from now on or has loaded by `require`, with `require` or `import`.
 * Bundled copies, and those of a test runner that has a module system of its own (Jest), are out of reach.
 */
export function whenLoaded(driver: LoadedDriver): void {
  const shared = globalThis as { [registry]?: Registry };
  shared[registry] ??= newRegistry();
  const { drivers } = shared[registry];
  if (drivers.has(driver.name)) return;
  drivers.set(driver.name, driver);
  const { default: Module, registerHooks, register } = nodeModule as unknown as Loading;
  for (const loaded of Object.values(Module._cache)) {
    if (loaded?.filename !== undefined && isFileOf(driver, loaded.filename, driver.commonJs)) {
      loaded.exports = driver.replace(loaded.exports);
    }
  }
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, filename, ...more) {
    const result = compile.call(this, content, filename, ...more);
    if (isFileOf(driver, filename, driver.commonJs)) this.exports = driver.replace(this.exports);
    return result;
  };
  if (registerHooks !== undefined) {
    registerHooks({ load: (url, context, next) => changed(driver, url, context, next(url, context)) });
  } else {
    // Node 20.3 to 20.5 have neither; `import` of a CommonJS file needs none there.
    register?.(`data:text/javascript,${encodeURIComponent(loaderSource(driver))}`);
  }
}

function newRegistry(): Registry {
  const drivers = new Map<string, LoadedDriver>();
  return { drivers, replace: (name, exports) => drivers.get(name)?.replace(exports) ?? exports };
}

function changed(
  driver: LoadedDriver,
  url: string,
  { conditions = [] }: { conditions?: readonly string[] },
  loaded: LoadResult,
): LoadResult {
  if (!url.startsWith('file:')) return loaded;
  const file = fileURLToPath(url);
  if (isFileOf(driver, file, driver.commonJs)) {
    // Without a source, `import` loads it as `require` does, past whatever another loader made of it.
    return loaded.format === 'commonjs' && conditions.includes('import')
      ? { ...loaded, source: null }
      : loaded;
  }
  const { esModule } = driver;
  if (esModule === undefined || !isFileOf(driver, file, esModule.file)) return loaded;
  const source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
  const { exported } = esModule;
  return {
    ...loaded,
    source: source.replace(`export default ${exported}`, `export default ${replaced(driver.name, exported)}`),
  };
}

const known = new Map<string, string | undefined>();

function isFileOf({ name }: LoadedDriver, filename: string, inPackage: string): boolean {
  const file = filename.replaceAll('\\', '/');
  if (!file.endsWith(`/${inPackage}`)) return false;
  const folder = file.slice(0, -inPackage.length);
  if (!known.has(folder)) known.set(folder, nameIn(folder));
  return known.get(folder) === name;
}

function nameIn(folder: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(`${folder}package.json`, 'utf8')) as { name?: string }).name;
  } catch {
    return undefined;
  }
}
