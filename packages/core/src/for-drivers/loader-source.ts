/** `export default Driver` in an ES module of the driver's. */
export interface EsModuleFile {
  readonly file: string;
  /** What it exports: `Driver`. */
  readonly exported: string;
}

/** Where a driver exports what programs import. Files are named from the package's folder: `lib/index.js`. */
export interface DriverFiles {
  /** The name in its package.json, also where it is installed under another. */
  readonly name: string;
  /** CommonJS files, in the order in which they are loaded. */
  readonly commonJs: readonly string[];
  /** The file that `import` is given, where that is another, and what it exports. */
  readonly esModule?: EsModuleFile | undefined;
}

/** The symbol of what is asked for the exports of a driver. */
export const registryName = '@azure-pg/core.loaded-drivers';

/** An expression in a driver's file: what is exported instead of another expression. */
const replaced = (driver: string, file: string, exported: string, more = ''): string =>
  `(globalThis[Symbol.for('${registryName}')]?.replace(${JSON.stringify(driver)}, ${JSON.stringify(file)}, ${exported}${more}) ?? ${exported})`;

/** What is added to a CommonJS file of a driver. */
export const commonJsTail = (driver: string, file: string): string =>
  `\n;module.exports = ${replaced(driver, file, 'module.exports', ', require')};\n`;

const exportOf = ({ exported }: EsModuleFile): string => `export default ${exported}`;
const exportInstead = (driver: string, { file, exported }: EsModuleFile): string =>
  `export default ${replaced(driver, file, exported)}`;

/** Where the driver has changed: it connects by itself, and that must not go unnoticed. */
const warning = (driver: string): string =>
  `\n;process.emitWarning(${JSON.stringify(`What ${driver} exports could not be replaced: it connects by itself.`)}, 'AzurePgWarning');\n`;

/**
 * A driver's ES module with another default export. Under a URL with a query there may be a module of somebody else's in its place
 * (import-in-the-middle), which imports the file from there.
 */
export function withDefault(text: string, url: string, driver: string, file: EsModuleFile): string {
  if (text.includes(exportOf(file))) return text.replace(exportOf(file), () => exportInstead(driver, file));
  return url.includes('?') ? text : text + warning(driver);
}

/** The module that changes a driver's files in the loader's thread of a Node.js without `registerHooks`. It can import nothing but Node's own modules. */
export function loaderSource({ name, commonJs, esModule }: DriverFiles): string {
  const tails = Object.fromEntries(commonJs.map((file) => [file, commonJsTail(name, file)]));
  const other = esModule && {
    file: esModule.file,
    exported: exportOf(esModule),
    instead: exportInstead(name, esModule),
    warning: warning(name),
  };
  return `
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const tails = ${JSON.stringify(tails)};
const other = ${JSON.stringify(other ?? null)};
const isFileOf = (url, file) => {
  if (!url.startsWith('file:')) return false;
  const path = fileURLToPath(url).replaceAll('\\\\', '/');
  if (!path.endsWith('/' + file)) return false;
  try {
    return JSON.parse(readFileSync(path.slice(0, -file.length) + 'package.json', 'utf8')).name === ${JSON.stringify(name)};
  } catch {
    return false;
  }
};
const text = (source) => typeof source === 'string' ? source : Buffer.from(source).toString('utf8');

export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (loaded.format === 'commonjs') {
    const file = Object.keys(tails).find((each) => isFileOf(url, each));
    if (file === undefined) return loaded;
    return { ...loaded, source: text(loaded.source ?? readFileSync(fileURLToPath(url))) + tails[file] };
  }
  if (other === null || !isFileOf(url, other.file)) return loaded;
  const source = text(loaded.source);
  if (source.includes(other.exported)) return { ...loaded, source: source.replace(other.exported, () => other.instead) };
  return { ...loaded, source: url.includes('?') ? source : source + other.warning };
}
`;
}
