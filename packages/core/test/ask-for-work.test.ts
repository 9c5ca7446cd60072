import { resolveConnection } from '@azure-pg/core';
import { describe, expect, test } from 'vitest';
import { askForWork, type ServerWork } from '../src/for-drivers/ask-for-work.ts';
import { type Behaviour, HostileServer } from './hostile-server.ts';

/** Longer than one question may take, in milliseconds. */
const patience = 15_000;

async function asked(behaviour: Behaviour): Promise<ServerWork> {
  await using server = await HostileServer.start(behaviour);
  const url = `postgresql://u@127.0.0.1:${server.port}/d?sslmode=disable&password=p`;
  const connection = resolveConnection(url, { logger: {} }, {});
  const answer = await askForWork({ connection, host: connection.hosts[0] as never }, [42]);
  await server.deserted();
  return answer;
}

describe.concurrent('asking a server whether it works', () => {
  test('one that accepts the connection and says nothing is not there', { timeout: patience }, async () => {
    expect((await asked(() => {})).there).toBe(false);
  });

  test('one that signs in and is then too busy to answer is there, and works for all that is known', {
    timeout: patience,
  }, async () => {
    const busy = await asked(async (peer) => {
      await peer.startup();
      peer.send('R', 0);
      peer.send('Z', 'I');
    });
    expect(busy.there).toBe(true);
    expect(busy.works(42, false)).toBe(true);
  });
});
