// Loaded before a program with --import: says at its end which of Azure's libraries it loaded, and can pretend that one is absent.
import { registerHooks } from 'node:module';

const loaded = new Set<string>();
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === process.env.TEST_ABSENT_PACKAGE) {
      throw Object.assign(
        new Error(`Cannot find package '${specifier}' imported from ${context.parentURL}`),
        {
          code: 'ERR_MODULE_NOT_FOUND',
        },
      );
    }
    const found = next(specifier, context);
    const name = /node_modules\/(@azure\/[^/]+)\//.exec(found.url)?.[1];
    if (name !== undefined) loaded.add(name);
    return found;
  },
});
process.on('exit', () => {
  console.log(`loaded: ${[...loaded].sort().join(' ')}`);
});
