import { isForAzure } from '@azure-pg/core/adapter';
import { bare, type Driver } from './bare-driver.ts';
import { extendDriver } from './extend-driver.ts';
import { partsOf } from './instance.ts';

const replaced = new WeakMap<object, unknown>();

/**
 * A function in the place of the one that a copy of the driver exports. What leads to Azure, or says so in its settings, is ours; everything
 * else is left to the driver, to the letter.
 */
export function replaceDriver(exports: unknown): unknown {
  const driver = exports as Driver;
  if (bare in driver) return exports;
  if (!replaced.has(driver)) {
    const ours = extendDriver(driver);
    const made = new Proxy(driver, {
      apply: (target, self, given) => Reflect.apply(takes(given) ? ours : target, self, given),
      // It can be called with "new", too.
      construct: (target, given) => Reflect.construct(takes(given) ? ours : target, given),
      has: (target, name) => name === bare || Reflect.has(target, name),
      get: (target, name, self) => (name === bare ? target : Reflect.get(target, name, self)),
    });
    replaced.set(driver, made);
  }
  return replaced.get(driver);
}

function takes([first, second]: readonly unknown[]): boolean {
  const url = typeof first === 'string' || first instanceof URL ? String(first) : undefined;
  const options = ((url === undefined ? (first ?? second) : second) ?? {}) as Readonly<
    Record<string, unknown>
  >;
  if (typeof options !== 'object') return false;
  // Those of another instance, parsed.
  if ('shared' in options)
    return typeof options.socket === 'function' && partsOf(options.socket) !== undefined;
  return isForAzure({
    options,
    connectionString: url,
    host: options.hostname || options.host,
    hostWins: true,
    otherwise: process.env.PGHOST,
  });
}
