import { stat } from 'node:fs/promises';
import {
  type AzureConnection,
  AzurePgError,
  detectPooling,
  openConnection,
  resolveConnection,
} from '@azure-pg/core';
import { createCertificateAuthority, type IssuedCertificate } from '@azure-pg/emulator';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, TestRunner } from 'vitest';
import { hostileConversation, type Plan, password, plans } from './fuzz/hostile-conversation.ts';
import { HostileServer } from './hostile-server.ts';

const numRuns = TestRunner.matchesTags(['slow']) ? 600 : 300;
/** As many as the thread pool has threads, so that a file could not be read while they all kept one busy. */
const atOnce = 4;
/** Files looked at before a connect that waits for its server is given up. */
const patience = 60;

let certificate: IssuedCertificate;
beforeAll(async () => {
  certificate = await (await createCertificateAuthority()).issue({ names: ['localhost'] });
});

const settings = { host: '127.0.0.1', user: 'ada', password, auth: 'password' } as const;

type Way = (connection: AzureConnection, signal: AbortSignal) => Promise<unknown>;
const ways: Readonly<Record<string, Way>> = {
  'is opened': async (connection, signal) => (await openConnection(connection, { signal })).socket.destroy(),
  // It goes on talking on the session, and is rejected with the signal's reason.
  'is asked for its pooling': (connection, signal) => detectPooling(connection, { signal }),
};

describe.each(Object.entries(ways))('whatever a server says while a connection %s', (name, way) => {
  it('the connect ends as it was asked to, with a typed error, and files can be read meanwhile', async () => {
    let plan: Plan | undefined;
    await using server = await HostileServer.start(hostileConversation(() => plan as Plan, certificate));
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(plans, async (next) => {
        plan = next;
        const connection = resolveConnection(
          {
            ...settings,
            port: server.port,
            sslmode: next.manners.tls === 'none' ? 'disable' : 'prefer',
            target_session_attrs: name === 'is opened' ? 'read-write' : 'any',
            connect_timeout: 600,
            connect_retry_timeout: 0,
            logger: {},
          },
          undefined,
          {},
        );
        const stop = new AbortController();
        let pending = atOnce;
        const connects = Array.from({ length: atOnce }, async () => {
          try {
            await way(connection, stop.signal);
            outcomes.add('done');
          } catch (error) {
            if (error === stop.signal.reason) return;
            expect(error).toBeInstanceOf(AzurePgError);
            outcomes.add((error as AzurePgError).code);
          } finally {
            pending--;
          }
        });
        // Each of them is answered while connects are waiting: nothing that they do keeps a thread.
        for (let looked = 0; pending > 0 && looked < patience; looked++) {
          await stat(import.meta.filename);
          await new Promise((resolve) => setImmediate(resolve));
        }
        stop.abort();
        await Promise.all(connects);
      }),
      // What hangs is shown, with what it hung on.
      { numRuns, timeout: 20_000, endOnFailure: true },
    );
    // It gets everywhere: to the end, and into each kind of failure.
    expect([...outcomes]).toEqual(
      expect.arrayContaining([
        'done',
        'PROTOCOL_VIOLATION',
        'CONNECTION_CLOSED',
        'SERVER_REFUSED',
        'AUTH_METHOD_NOT_ALLOWED',
      ]),
    );
  }, 120_000);
});
