// Run by itself: opens a client by the adapter's module, queries, ends, and prints the rows of the last query. Whatever the adapter
// leaves open keeps this process alive, and that is what the contract looks for.
import module from 'node:module';
import type { ContractAdapter, Row } from './adapter.ts';

export interface Task {
  readonly url?: string;
  /** So many at once. */
  readonly queries: number;
  readonly sql: string;
}

const [, , adapterFile, task] = process.argv;
if (adapterFile === undefined || task === undefined) throw new Error('Usage: open-once.ts ADAPTER TASK');
// A run over another version of a driver says under which name that is installed for the adapter: {"kysely":"kysely-oldest"}.
const copies = Object.entries(JSON.parse(process.env.CONTRACT_ALIASES ?? '{}') as Record<string, string>);
if (copies.length > 0) {
  module.registerHooks({
    resolve(specifier, context, next) {
      const copy = copies.find(([name]) => specifier === name || specifier.startsWith(`${name}/`));
      if (copy === undefined) return next(specifier, context);
      const [name, installed] = copy;
      return next(installed + specifier.slice(name.length), { ...context, parentURL: adapterFile });
    },
  });
}
const { url, queries, sql } = JSON.parse(task) as Task;
const { default: adapter } = (await import(adapterFile)) as { default: ContractAdapter };
const client = await adapter.open({ url, options: {}, max: undefined });
const answers: Row[][] = await Promise.all(Array.from({ length: queries }, () => client.query(sql)));
await client.end();
process.stdout.write(JSON.stringify(answers.at(-1) ?? []));
