import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { AzurePgError, openConnection, resolveConnection } from '@azure-pg/core';
import { openForDriver } from '@azure-pg/core/adapter';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());

interface Said {
  readonly channel: 'opened' | 'failed';
  readonly message: unknown;
}

async function saidDuring(work: () => Promise<unknown>): Promise<{ said: Said[]; outcome: unknown }> {
  const said: Said[] = [];
  const undo = (['opened', 'failed'] as const).map((channel) => {
    const listen = (message: unknown) => said.push({ channel, message });
    subscribe(`azure-pg:connection.${channel}`, listen);
    return () => unsubscribe(`azure-pg:connection.${channel}`, listen);
  });
  try {
    return { outcome: await work().catch((error: unknown) => error), said };
  } finally {
    for (const one of undo) one();
  }
}

const missing = (options = {}) => {
  const url = new URL(emulator.postgres.url);
  url.pathname = '/not_there';
  return resolveConnection(url.href, options, {});
};
const place = () => ({ host: 'localhost', port: emulator.postgres.port });

describe('each connect is told of once', () => {
  it('that succeeded', async () => {
    const { said } = await saidDuring(async () => {
      const opened = await openConnection(resolveConnection(emulator.postgres.url, {}, {}));
      opened.socket.destroy();
    });
    expect(said).toMatchObject([
      { channel: 'opened', message: { ...place(), duration: expect.any(Number) } },
    ]);
  });

  it.each([
    ['openConnection', openConnection],
    ['openForDriver', openForDriver],
  ])('that failed, with the error that its caller gets: %s', async (_, open) => {
    const lines: unknown[] = [];
    const logger = {
      debug: (text: string) => lines.push(['debug', text]),
      warn: (text: string) => lines.push(['warn', text]),
    };
    const { said, outcome } = await saidDuring(() => open(missing({ logger })));
    expect(outcome).toMatchObject({ code: 'SERVER_REFUSED', serverError: { code: '3D000' } });
    const about = { ...place(), database: 'not_there', duration: expect.any(Number) };
    expect(said).toEqual([{ channel: 'failed', message: { ...about, error: outcome } }]);
    // The program is told by the error; a warning would be the second.
    expect(lines).toEqual([['debug', 'Could not connect']]);
  });

  it('that failed while the pooler was still being asked what it does', async () => {
    const { said, outcome } = await saidDuring(() => openForDriver(missing({ poolMode: 'detect' })));
    expect(outcome).toBeInstanceOf(AzurePgError);
    expect(said).toMatchObject([{ channel: 'failed', message: { ...place(), error: outcome } }]);
  });

  it('that was given up', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const connection = resolveConnection(emulator.postgres.url, {}, {});
    const { said } = await saidDuring(() => openConnection(connection, { signal }));
    expect(said).toMatchObject([{ channel: 'failed', message: { error: { code: 'ABORTED' } } }]);
  });
});
