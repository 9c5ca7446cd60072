// Run by itself: opens a client by the adapter's module, queries, ends, and prints the rows of the last query. Whatever the adapter
// leaves open keeps this process alive, and that is what the contract looks for.
import module from 'node:module';
import type { ContractAdapter, Row } from './adapter.ts';
import { describeError, errorCodes } from './error-chain.ts';

export interface Task {
  readonly url?: string;
  /** So many at once. */
  readonly queries: number;
  readonly sql: string;
  /** Ends while the queries wait, and says what became of them instead. */
  readonly endsMeanwhile?: boolean;
}

/** What became of queries whose client was ended while they waited. */
export interface Settled {
  readonly answered: number;
  readonly rejected: number;
  /** Errors by which a program cannot tell what happened. */
  readonly withoutCode: readonly string[];
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
const { url, queries, sql, endsMeanwhile = false } = JSON.parse(task) as Task;
const { default: adapter } = (await import(adapterFile)) as { default: ContractAdapter };
const client = await adapter.open({ url, options: {}, max: undefined });
const asked = Array.from({ length: queries }, () => client.query(sql));
const print = (what: Row[] | Settled): unknown => process.stdout.write(JSON.stringify(what));
if (endsMeanwhile) {
  const [settled] = await Promise.all([Promise.allSettled(asked), client.end()]);
  const errors = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  print({
    answered: settled.length - errors.length,
    rejected: errors.length,
    withoutCode: errors.filter((error) => errorCodes(error).length === 0).map(describeError),
  });
} else {
  const answers = await Promise.all(asked);
  await client.end();
  print(answers.at(-1) ?? []);
}
