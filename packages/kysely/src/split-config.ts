import { AzurePgError } from '@azure-pg/core';
import { assertOptions } from '@azure-pg/core/adapter';

/**
 * Separates the settings of a dialect from the options of the pool or instance that it will make.
 *
 * @param names of the settings; the first one holds an existing pool or instance.
 * @throws AzurePgError `INVALID_SETTING` for an option given with that one, and for what is not an options object.
 */
export function splitConfig<Settings>(
  given: { password?: unknown } | undefined,
  names: readonly string[],
): { settings: Partial<Settings>; options: Record<string, unknown> } {
  assertOptions(given);
  // Somebody's `pool.options` hides the password from enumeration. The mark that it goes past the pooler is named by a symbol.
  const everything: Record<string | symbol, unknown> = { ...given, password: given?.password };
  const all = Object.entries(everything).filter(([, value]) => value !== undefined);
  const notes = Object.getOwnPropertySymbols(everything).map((name) => [name, everything[name]]);
  const settings = Object.fromEntries(all.filter(([name]) => names.includes(name))) as Partial<Settings>;
  const options = Object.fromEntries([...all.filter(([name]) => !names.includes(name)), ...notes]);
  const [[source = ''], [other]] = [names, Object.keys(options)];
  if (!(source in settings) || other === undefined) return { settings, options };
  throw new AzurePgError('INVALID_SETTING', `The option "${other}" has no effect together with "${source}"`, {
    hint: `Give it to what "${source}" holds, or leave "${source}" out.`,
  });
}

/**
 * A function that gives a pool or instance to every Kysely of a dialect, so that destroying one does not end the others'. The first is made at
 * once, so that a wrong option is reported.
 */
export function oncePerKysely<Source>(make: () => Source): () => Promise<Source> {
  let first: Source | undefined = make();
  return async () => {
    const made = first ?? make();
    first = undefined;
    return made;
  };
}
