import type { LoadedDriver } from './when-loaded.ts';

/** The symbol of what is asked for the exports of a driver. */
export const registryName = '@azure-pg/core.loaded-drivers';

/** An expression in a driver's file: what is exported instead of another expression. */
export const replaced = (driver: string, exported: string): string =>
  `(globalThis[Symbol.for('${registryName}')]?.replace(${JSON.stringify(driver)}, ${exported}) ?? ${exported})`;

/** The module that changes a driver's files in the loader's thread of a Node.js without `registerHooks`. It can import nothing but Node's own modules. */
export const loaderSource = ({ name, commonJs, esModule }: LoadedDriver): string => `
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
    return { ...loaded, source: source + ${JSON.stringify(`
;module.exports = ${replaced(name, 'module.exports')};
`)} };
  }
  if (isFileOf(url, ${JSON.stringify(esModule?.file)})) {
    const source = text(loaded.source).replace(${JSON.stringify(`export default ${esModule?.exported}`)}, ${JSON.stringify(
      `export default ${replaced(name, esModule?.exported ?? '')}`,
    )});
    return { ...loaded, source };
  }
  return loaded;
}
`;
