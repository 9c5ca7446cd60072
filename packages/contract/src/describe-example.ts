import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * What each of the example applications must do, directly and through a pooler that gives every transaction another server.
 *
 * @param main the application's file; it prints the address of its accounts as its first line.
 */
export function describeExample(main: URL): void {
  const program = fileURLToPath(main);
  describe.each(['direct', 'pooled'] as const)('the API, %s', (route) => {
    let emulator: Emulator;
    let app: ReturnType<typeof spawn>;
    let base: string;
    beforeAll(async () => {
      emulator = await startEmulator({ pooler: { adversarial: true } });
      const env = {
        ...process.env,
        ...emulator.env,
        DATABASE_URL: route === 'direct' ? emulator.url : emulator.pooledUrl,
        PORT: '0',
      };
      app = spawn(process.execPath, ['--conditions=@azure-pg/source', program], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(
        createInterface({ input: app.stdout as NodeJS.ReadableStream }),
        'line',
      )) as [string];
      base = line.replace('/accounts', '');
    });
    afterAll(async () => {
      const ended = once(app, 'exit');
      app.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
      await emulator.stop();
    });

    const call = async (path: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
      const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const response = await fetch(`${base}${path}`, request);
      return { status: response.status, body: await response.json() };
    };

    it('opens accounts, one for each owner', async () => {
      expect(await call('/accounts', { owner: 'ada', cents: 100 })).toMatchObject({
        status: 201,
        body: { id: 1, owner: 'ada' },
      });
      expect(await call('/accounts', { owner: 'bob', cents: 0 })).toMatchObject({ status: 201 });
      expect(await call('/accounts', { owner: 'ada', cents: 1 })).toMatchObject({ status: 409 });
    });

    it.each([[null], [[]], ['text'], [{}], [{ owner: 7, cents: 1 }], [{ owner: 'eve', cents: 'all' }]])(
      'a wrong body is the caller’s mistake: %j',
      async (body) => {
        expect(await call('/accounts', body)).toMatchObject({ status: 400 });
        expect(await call('/transfers', body)).toMatchObject({ status: 400 });
      },
    );

    it('transfers money as a whole or not at all, also when everybody does at once', async () => {
      const ends = await Promise.all(
        Array.from({ length: 30 }, () => call('/transfers', { from: 1, to: 2, cents: 5 })),
      );
      expect(ends.filter(({ status }) => status === 200)).toHaveLength(20);
      expect(ends.filter(({ status }) => status === 409)).toHaveLength(10);
      const { body } = await call('/accounts');
      expect((body as { cents: number }[]).map(({ cents }) => cents)).toEqual([0, 100]);
    });
  });
}
