import { execFile } from 'node:child_process';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Context } from '../context.ts';
import type { Settled, Task } from '../open-once.ts';

const script = fileURLToPath(new URL('../open-once.ts', import.meta.url));

/** Runs the adapter in a process of its own, which must end by itself. */
async function inItsOwnProcess(
  context: Context,
  task: Task,
  env: Readonly<Record<string, string>>,
): Promise<unknown> {
  const args = ['--conditions=@azure-pg/source', script, context.adapterFile.href, JSON.stringify(task)];
  const { PATH, HOME, NODE_COMPILE_CACHE, CONTRACT_ALIASES = '{}' } = process.env;
  return new Promise((resolve, reject) => {
    const options = {
      env: { PATH, HOME, NODE_COMPILE_CACHE, CONTRACT_ALIASES, ...env },
      timeout: 15_000,
      killSignal: 'SIGKILL' as const,
    };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      if (error?.killed)
        reject(new Error(`The process did not end by itself; it printed: ${stdout}${stderr}`));
      else if (error !== null) reject(new Error(`The process failed: ${stderr}`));
      else resolve(JSON.parse(stdout));
    });
  });
}

/** A program that has ended its pool ends. */
export function describeEnding(context: Context): void {
  describe('ending', () => {
    test('nothing keeps the process alive after end()', async () => {
      const task: Task = {
        url: context.stand.passwordUrl('direct'),
        queries: 20,
        sql: 'select current_user as who',
      };
      expect(await inItsOwnProcess(context, task, {})).toEqual([{ who: 'app' }]);
    });

    test('nothing keeps the process alive after end() of a client that was never used', async () => {
      const task: Task = { url: context.stand.passwordUrl('direct'), queries: 0, sql: '' };
      expect(await inItsOwnProcess(context, task, {})).toEqual([]);
    });

    describe.runIf(context.toggles.outcomes)(
      'while queries wait for connections: each is answered or refused, and the process ends',
      () => {
        const url = (port: number, parameters: Readonly<Record<string, string>>): string => {
          const changed = new URL(context.stand.passwordUrl('direct', parameters));
          changed.port = String(port);
          return changed.href;
        };
        const ended = async (of: string, queries = 40): Promise<Settled> => {
          const task: Task = { url: of, queries, sql: 'select 1 as one', endsMeanwhile: true };
          const settled = (await inItsOwnProcess(context, task, {})) as Settled;
          expect(settled.answered + settled.rejected).toBe(queries);
          expect(settled.withoutCode).toEqual([]);
          return settled;
        };

        test('of a server that works', async () => {
          await ended(context.stand.passwordUrl('direct'));
        });

        test('of a server that is silent', async () => {
          const sockets = new Set<Socket>();
          const silent = createServer((socket) => sockets.add(socket.on('error', () => {})));
          await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
          try {
            const { port } = silent.address() as AddressInfo;
            const settled = await ended(url(port, { connect_timeout: '3' }));
            expect(settled.answered).toBe(0);
          } finally {
            for (const socket of sockets) socket.destroy();
            silent.close();
          }
        });

        test('of a server that is not there', async () => {
          const settled = await ended(url(1, { connect_timeout: '3' }));
          expect(settled.answered).toBe(0);
        });
      },
    );

    test.runIf(context.toggles.environment && context.toggles.entra)(
      'the environment alone is enough, and a managed identity’s tokens keep nothing alive',
      async () => {
        const { ordinary } = context.stand;
        const { hostname, port, pathname } = new URL(ordinary.url);
        const env = {
          ...ordinary.env,
          PGHOST: hostname,
          PGHOSTADDR: '127.0.0.1',
          PGPORT: port,
          PGDATABASE: pathname.slice(1),
          PGSSLROOTCERT: ordinary.ca.file,
        };
        const task: Task = { queries: 3, sql: 'select current_user as who' };
        expect(await inItsOwnProcess(context, task, env)).toEqual([{ who: 'local-app' }]);
      },
    );
  });
}
