/** `export default Driver` in an ES module of the driver's. */
export interface EsModuleFile {
  readonly file: string;
  /** What it exports: `Driver`. */
  readonly exported: string;
}

/** Where a driver exports what programs import. */
export interface DriverFiles {
  /** The name in its package.json, also where it is installed under another. */
  readonly name: string;
  /** The file that `require` is given, from the package's folder: `lib/index.js`. */
  readonly commonJs: string;
  /** The file that `import` is given, where that is not the same, and what it exports. */
  readonly esModule?: EsModuleFile | undefined;
}

/** The symbol of what is asked for the exports of a driver. */
export const registryName = '@azure-pg/core.loaded-drivers';

/** An expression in a driver's file: what is exported instead of another expression. */
const replaced = (driver: string, exported: string): string =>
  `(globalThis[Symbol.for('${registryName}')]?.replace(${JSON.stringify(driver)}, ${exported}) ?? ${exported})`;

/** What is added to a driver's CommonJS file. */
export const commonJsTail = (driver: string): string =>
  `\n;module.exports = ${replaced(driver, 'module.exports')};\n`;

const exportOf = ({ exported }: EsModuleFile): string => `export default ${exported}`;
const exportInstead = (driver: string, { exported }: EsModuleFile): string =>
  `export default ${replaced(driver, exported)}`;

/** Where the driver has changed: it connects by itself, and that must not go unnoticed. */
const warning = (driver: string): string =>
  `\n;process.emitWarning(${JSON.stringify(`What ${driver} exports could not be replaced: it connects by itself.`)}, 'AzurePgWarning');\n`;

/** A driver's ES module with another default export. */
export const withDefault = (text: string, driver: string, file: EsModuleFile): string =>
  text.includes(exportOf(file))
    ? text.replace(exportOf(file), () => exportInstead(driver, file))
    : text + warning(driver);

/** The module that changes a driver's files in the loader's thread of a Node.js without `registerHooks`. It can import nothing but Node's own modules. */
export const loaderSource = ({ name, commonJs, esModule }: DriverFiles): string => `
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const isFileOf = (url, file) => {
  if (!url.startsWith('file:') || file === undefined) return false;
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
  if (loaded.format === 'commonjs' && isFileOf(url, ${JSON.stringify(commonJs)})) {
    const source = text(loaded.source ?? readFileSync(fileURLToPath(url)));
    return { ...loaded, source: source + ${JSON.stringify(commonJsTail(name))} };
  }
  if (isFileOf(url, ${JSON.stringify(esModule?.file)})) {
    const [exported, instead, warning] = ${JSON.stringify(esModule && [exportOf(esModule), exportInstead(name, esModule), warning(name)])};
    const source = text(loaded.source);
    return { ...loaded, source: source.includes(exported) ? source.replace(exported, () => instead) : source + warning };
  }
  return loaded;
}
`;
