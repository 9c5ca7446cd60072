import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';
import { warnOnce } from '../notices/warn-once.ts';
import { commonJsTail, type DriverFiles, loaderSource, registryName, withDefault } from './loader-source.ts';

/** `require` of a driver's file. */
export type Require = (name: string) => unknown;

/** A driver whose exports are replaced in every copy of it that a program loads. */
export interface LoadedDriver extends DriverFiles {
  /**
   * Gives what others get instead of what a file exports. It is called once or more for each file of each copy.
   *
   * @param require that of a CommonJS file.
   */
  readonly replace: (file: string, exports: unknown, require: Require | undefined) => unknown;
}

interface CommonJsModule {
  exports: unknown;
  readonly filename?: string;
  readonly require: Require;
}

interface LoadResult {
  readonly format?: string;
  readonly source?: string | Uint8Array | null;
}
type NextLoad = (url: string, context: unknown) => LoadResult;

/** What of `node:module` its types, or older versions, leave out. */
interface Loading {
  readonly default: {
    readonly _cache: Readonly<Record<string, CommonJsModule | undefined>>;
    readonly _extensions: Record<'.js', (this: unknown, module: CommonJsModule, filename: string) => unknown>;
    readonly prototype: {
      _compile(this: CommonJsModule, content: string, filename: string, ...more: unknown[]): unknown;
    };
  };
  readonly registerHooks?: (hooks: {
    load(url: string, context: unknown, next: NextLoad): LoadResult;
  }) => unknown;
  readonly register?: (specifier: string) => void;
}

// Shared by all copies of this package: each driver is registered once. What is added to a driver's file (loader-source.ts) asks it, too.
const registry: unique symbol = Symbol.for(registryName);

interface Registry {
  readonly drivers: Map<string, LoadedDriver>;
  replace(name: string, file: string, exports: unknown, require?: Require): unknown;
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
  const replaceIn = (module: CommonJsModule, filename: string): void => {
    const file = driver.commonJs.find((each) => isFileOf(driver, filename, each));
    if (file === undefined) return;
    module.exports = driver.replace(file, module.exports, (name) => module.require(name));
  };
  for (const loaded of Object.values(Module._cache)) {
    if (loaded?.filename !== undefined) replaceIn(loaded, loaded.filename);
  }
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (content, filename, ...more) {
    const result = compile.call(this, content, filename, ...more);
    replaceIn(this, filename);
    return result;
  };
  const runtime = otherRuntime();
  if (process.versions.bun !== undefined) loadByBun(driver, Module, replaceIn);
  if (runtime === undefined && registerHooks !== undefined) {
    registerHooks({ load: (url, context, next) => changed(driver, url, next(url, context)) });
  } else if (runtime === undefined && register !== undefined) {
    register(`data:text/javascript,${encodeURIComponent(loaderSource(driver))}`);
  } else if (driver.esModule !== undefined) {
    // What `import` gives of a CommonJS file is what `require` gives.
    warnOnce(
      undefined,
      `register ${driver.name}`,
      `${runtime ?? `Node.js ${process.versions.node}`} cannot change what "import" gives of ${driver.name}: it connects by itself. Only "require" is changed; Node.js 20.6 can do both.`,
    );
  }
}

/** Bun's hooks change nothing. Deno compiles every CommonJS file by `_compile`, and needs none; with one it takes JSON for a program. */
function otherRuntime(): string | undefined {
  const { bun, deno } = process.versions;
  if (bun !== undefined) return `Bun ${bun}`;
  return deno === undefined ? undefined : `Deno ${deno}`;
}

/**
 * Bun compiles what is required by `_extensions`, but what is imported by itself. So the copy that the program imports is loaded now, by `require`; an `import`
 * then gives what that gave.
 */
function loadByBun(
  { name }: LoadedDriver,
  { _extensions }: Loading['default'],
  replaceIn: (module: CommonJsModule, filename: string) => void,
): void {
  const load = _extensions['.js'];
  _extensions['.js'] = function (module, filename) {
    const result = load.call(this, module, filename);
    replaceIn(module, filename);
    return result;
  };
  try {
    nodeModule.createRequire(process.argv[1] ?? `${process.cwd()}/`)(name);
  } catch {
    // The program has none.
  }
}

function newRegistry(): Registry {
  const drivers = new Map<string, LoadedDriver>();
  return {
    drivers,
    replace: (name, file, exports, require) => drivers.get(name)?.replace(file, exports, require) ?? exports,
  };
}

/** A driver's file with what replaces its exports. Where Node.js compiles a CommonJS file by itself, past `_compile`, this is what counts. */
function changed(driver: LoadedDriver, url: string, loaded: LoadResult): LoadResult {
  const { source } = loaded;
  if (!url.startsWith('file:') || source === null || source === undefined) return loaded;
  const file = fileURLToPath(url);
  const { name, commonJs, esModule } = driver;
  const text = (): string => (typeof source === 'string' ? source : Buffer.from(source).toString('utf8'));
  // Instrumentation (import-in-the-middle) puts an ES module of its own in the place of a file, and imports the file from there.
  const script =
    loaded.format === 'module' ? undefined : commonJs.find((each) => isFileOf(driver, file, each));
  if (script !== undefined) return { ...loaded, source: text() + commonJsTail(name, script) };
  if (esModule === undefined || !isFileOf(driver, file, esModule.file)) return loaded;
  return { ...loaded, source: withDefault(text(), url, name, esModule) };
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
