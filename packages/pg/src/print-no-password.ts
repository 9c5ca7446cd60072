/** What `util.inspect` asks an object for. */
const custom = Symbol.for('nodejs.util.inspect.custom');
const standIns = new WeakMap<object, object>();

/**
 * Keeps a password out of what `%o` and `showHidden` print: pg has it as a property that is only not enumerable. It stays a plain one, which code
 * that asks the client may read; an accessor put in its place would make the client a slow object for V8, which each query pays for.
 */
export function printNoPassword(holder: object): void {
  Object.defineProperty(holder, custom, { value: shown, configurable: true });
}

/** What is printed of an object: itself, or where its password would show the same without it. */
function shown(this: object, _depth: number, { showHidden = false }: { showHidden?: boolean } = {}): object {
  if (!showHidden || !Object.hasOwn(this, 'password')) return this;
  // Always the same one, by which `inspect` knows a cycle.
  const standIn = standIns.get(this) ?? Object.create(Object.getPrototypeOf(this));
  standIns.set(this, standIn);
  for (const name of Reflect.ownKeys(standIn)) delete standIn[name];
  for (const name of Reflect.ownKeys(this)) {
    if (name === 'password') continue;
    Object.defineProperty(standIn, name, {
      ...Object.getOwnPropertyDescriptor(this, name),
      configurable: true,
    });
  }
  return standIn;
}
