/** What all copies of this package in the process share: the ES module and the CommonJS build, or two versions. */
export function sharedByCopies<Value extends object>(name: string, make: () => Value): Value {
  const registry = globalThis as { [key: symbol]: Value | undefined };
  const key = Symbol.for(`@azure-pg/pg.${name}`);
  registry[key] ??= make();
  return registry[key];
}
