import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ContractClient, Query, TransactionOptions } from '../adapter.ts';
import type { Context } from '../context.ts';
import { errorCodes, rejection } from '../error-chain.ts';
import { type Route, routes } from '../stand.ts';
import { type FaultProxy, faultProxy } from './truth/fault-proxy.ts';

/** A COMMIT whose connection breaks: what happened is found out, not guessed. */
export function describeOutcomes(context: Context): void {
  const open = context.toggles.pooler ? routes : (['direct'] satisfies Route[]);
  describe.runIf(context.toggles.outcomes).each(open)('runTransaction, %s', (route) => {
    const emulator = () => context.stand.emulatorOf(route);
    const rowsOf = async (id: string): Promise<number> =>
      (await emulator().query('select 1 from contract_slow_commit where id = $1', [id])).length;
    /** What waits in the COMMIT of the slow table's constraint. */
    const committing = async (): Promise<number[]> =>
      (
        await emulator().query<{ pid: number }>(
          `select pid from pg_stat_activity where wait_event = 'PgSleep' and query ~* '^\\s*commit'`,
        )
      ).map(({ pid }) => pid);
    const untilCommitting = async (): Promise<number> => {
      for (;;) {
        const [pid] = await committing();
        if (pid !== undefined) return pid;
      }
    };
    const run = (
      client: ContractClient,
      work: (query: Query) => Promise<unknown>,
      options: TransactionOptions = {},
    ): Promise<unknown> => {
      if (client.runTransaction === undefined) throw new Error('The adapter has no runTransaction');
      return client.runTransaction(work, options);
    };
    /** Runs a transaction whose COMMIT takes a moment, in which something happens. */
    const interrupted = async (
      client: ContractClient,
      options: TransactionOptions,
      interrupt: (pid: number) => unknown,
    ) => {
      const id = randomUUID();
      let runs = 0;
      const outcome = run(
        client,
        async (query) => {
          runs++;
          await query('insert into contract_slow_commit (id) values ($1)', [id]);
          return `run ${runs}`;
        },
        options,
      ).then(
        (result) => ({ result, error: undefined }),
        (error: unknown) => ({ result: undefined, error }),
      );
      await interrupt(await untilCommitting());
      const { result, error } = await outcome;
      return { result, error, runs, id };
    };
    const throughProxy = async (): Promise<{ proxy: FaultProxy; client: ContractClient }> => {
      const proxy = await faultProxy(portOf());
      onTestFinished(() => proxy[Symbol.asyncDispose]());
      const url = new URL(context.stand.passwordUrl(route));
      url.port = String(proxy.port);
      return { proxy, client: await context.open({ url: url.href, max: 3 }) };
    };
    const portOf = (): number =>
      (route === 'direct' ? emulator().postgres.port : emulator().pgbouncer?.port) as number;

    test('the answer of a COMMIT that was done is lost: it is reported as done, and was done once', async () => {
      const { proxy, client } = await throughProxy();
      const { result, error, runs, id } = await interrupted(client, { retry: true }, () => {
        proxy.reset();
      });
      // PgBouncer ends the server's connection with the client's, or not; the database has the last word either way.
      expect({ result, error }).toEqual({ result: `run ${runs}`, error: undefined });
      expect(await rowsOf(id)).toBe(1);
      if (route === 'direct') expect(runs).toBe(1);
    });

    test('a COMMIT that was ended by the server runs again where it may', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 3 });
      const { result, runs, id } = await interrupted(client, { retry: true }, (pid) =>
        emulator().query('select pg_terminate_backend($1)', [pid]),
      );
      expect({ result, runs }).toEqual({ result: 'run 2', runs: 2 });
      expect(await rowsOf(id)).toBe(1);
    });

    test('and is an error where it may not, and nothing is there', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 3 });
      const { error, runs, id } = await interrupted(client, {}, (pid) =>
        emulator().query('select pg_terminate_backend($1)', [pid]),
      );
      expect(error).toBeInstanceOf(Error);
      expect(errorCodes(error)).not.toContain('OUTCOME_UNKNOWN');
      expect(runs).toBe(1);
      expect(await rowsOf(id)).toBe(0);
    });

    test('when no server can be asked, the outcome is unknown and says so', async () => {
      const { proxy, client } = await throughProxy();
      const nobody = createServer();
      await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
      const { port } = nobody.address() as { port: number };
      await new Promise((resolve) => nobody.close(resolve));
      const { error, runs } = await interrupted(client, { retry: true, timeout: 1500 }, () => {
        proxy.retarget(port);
        proxy.reset();
      });
      expect(errorCodes(error)).toContain('OUTCOME_UNKNOWN');
      expect(runs).toBe(1);
    });

    test('a conflict runs again, as often as it may', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 3 });
      const id = randomUUID();
      let runs = 0;
      const conflicting = async (query: Query): Promise<number> => {
        await query('insert into contract_slow_commit (id) values ($1)', [id]);
        if (++runs < 3) await query(`select contract_raise('40001') as nothing`);
        return runs;
      };
      expect(await run(client, conflicting, { retry: true, isolationLevel: 'serializable' })).toBe(3);
      expect(await rowsOf(id)).toBe(1);
      runs = 0;
      expect(await rejection(run(client, conflicting))).toBeInstanceOf(Error);
      expect(runs).toBe(1);
    });

    test('an error of the program’s own rolls back and comes out; nothing is run again', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 1 });
      const id = randomUUID();
      let runs = 0;
      const mine = new Error('mine');
      const error = await rejection(
        run(
          client,
          async (query) => {
            runs++;
            await query('insert into contract_slow_commit (id) values ($1)', [id]);
            throw mine;
          },
          { retry: true },
        ),
      );
      expect(error).toBe(mine);
      expect(runs).toBe(1);
      expect(await rowsOf(id)).toBe(0);
      expect(await client.query('select 1 as one')).toEqual([{ one: 1 }]);
    });

    test('a transaction that reads only has nothing to ask for', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 1 });
      const read = await run(
        client,
        (query) => query(`select current_setting('transaction_isolation') as level`),
        {
          isolationLevel: 'repeatable read',
        },
      );
      expect(read).toEqual([{ level: 'repeatable read' }]);
    });

    test('a signal that fired before stops it, and nothing is done', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 1 });
      let runs = 0;
      const work = async (): Promise<void> => void runs++;
      const error = await rejection(run(client, work, { signal: AbortSignal.abort(new Error('enough')) }));
      expect(errorCodes(error)).toContain('ABORTED');
      expect(runs).toBe(0);
    });
  });
}
