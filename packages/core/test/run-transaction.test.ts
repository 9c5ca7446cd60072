import { expect, it } from 'vitest';
import { runTransactionOver } from '../src/adapter.ts';

const lost = Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' });

/** Transactions whose COMMIT is answered with an error, on a server whose answers reach the program as `read` makes them. */
function runnerOf(read: (value: string) => unknown, failure: object = lost, status = 'committed') {
  return {
    async transact<Result>(work: (transaction: object) => Promise<Result>): Promise<Result> {
      await work({});
      throw failure;
    },
    askInside: async () => read('731'),
    askOutside: async () => read(status),
  };
}

it.each<[what: string, read: (value: string) => unknown]>([
  ['a parser that makes objects of texts', (value) => ({ value })],
  ['a plugin that renames the column', () => undefined],
  ['a transformation that makes nothing of it', () => null],
])('%s does not make a transaction that may be committed run again', async (_, read) => {
  let runs = 0;
  const work = async (): Promise<void> => void runs++;
  await expect(runTransactionOver(runnerOf(read), work, { retry: true })).rejects.toMatchObject({
    code: 'OUTCOME_UNKNOWN',
    cause: lost,
  });
  expect(runs).toBe(1);
});

it('one that makes numbers of it does not hide the outcome', async () => {
  const read = (value: string): unknown => (/^\d+$/.test(value) ? Number(value) : value);
  await expect(runTransactionOver(runnerOf(read), async () => 'result')).resolves.toBe('result');
});

it('statement_completion_unknown is no refusal', async () => {
  const failure = Object.assign(new Error('unknown'), { code: '40003', severity: 'ERROR' });
  await expect(runTransactionOver(runnerOf(String, failure), async () => 'result')).resolves.toBe('result');
});
