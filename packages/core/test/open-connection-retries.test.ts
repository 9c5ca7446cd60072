import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { type AddressInfo, createServer } from 'node:net';
import { type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import {
  AzurePgError,
  type ConnectionOptions,
  type DiagnosticsMessages,
  isRetryable,
  type OpenedConnection,
  openConnection,
  resolveConnection,
} from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HostileServer } from './hostile-server.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ host: 'local.postgres.database.azure.com', pooler: false });
  // What was never there on this machine is not waited for.
  await close(await openConnection(byPassword()));
});
afterAll(() => emulator.stop());

type Retry = DiagnosticsMessages['azure-pg:connection.retried'];

/** What was said of attempts while the work ran; `first` resolves with the first. */
async function retriesDuring<T>(
  work: (first: Promise<Retry>) => Promise<T>,
): Promise<{ retries: Retry[]; result: T }> {
  const retries: Retry[] = [];
  let resolve: (retry: Retry) => void = () => {};
  const first = new Promise<Retry>((done) => {
    resolve = done;
  });
  const listen = (message: unknown): void => {
    retries.push(message as Retry);
    resolve(message as Retry);
  };
  subscribe('azure-pg:connection.retried', listen);
  try {
    return { result: await work(first), retries };
  } finally {
    unsubscribe('azure-pg:connection.retried', listen);
  }
}

async function close(opened: OpenedConnection): Promise<void> {
  await new Promise((resolve) => opened.socket.once('close', resolve).destroy());
}

async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const byPassword = (options: ConnectionOptions = {}) => resolveConnection(emulator.postgres.url, options, {});
/** An Azure host, at a port of this machine. */
const azureAt = (port: number, options: ConnectionOptions = {}) =>
  resolveConnection(
    {
      host: 'x.postgres.database.azure.com',
      hostaddr: '127.0.0.1',
      port,
      user: 'u',
      password: 'p',
      ...options,
    },
    undefined,
    {},
  );

describe('an outage', () => {
  it('is waited out by every connect that meets it, with one token and one line for each attempt', async () => {
    await emulator.postgres.stop();
    let tokens = 0;
    const tokenProvider = async (): Promise<string> => {
      tokens++;
      return emulator.entra.issueToken();
    };
    const user = emulator.identities[0]?.name;
    const connection = resolveConnection(emulator.url, { tokenProvider, user }, {});
    const { result, retries } = await retriesDuring(async (first) => {
      const connects = Promise.all(Array.from({ length: 5 }, () => openConnection(connection)));
      await first;
      await emulator.postgres.start();
      return connects;
    });
    expect(tokens).toBe(5);
    expect(retries.length).toBeGreaterThan(0);
    for (const { host, port, attempt, wait, error } of retries) {
      expect([host, port]).toEqual([connection.hosts[0]?.host, connection.hosts[0]?.port]);
      expect(isRetryable(error)).toBe(true);
      expect(wait).toBeLessThan(100 * 2 ** (attempt - 1));
    }
    await Promise.all(result.map(close));
    // Nothing but the one session of the emulator's own is left: no attempt was left behind.
    const sessions = async (): Promise<number> =>
      (
        await emulator.query(
          `select 1 from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
        )
      ).length;
    await expect.poll(sessions, { timeout: 10_000 }).toBeLessThanOrEqual(1);
  });

  it('is not waited out when connect_retry_timeout is 0', async () => {
    const { result, retries } = await retriesDuring(() =>
      openConnection(azureAt(1, { connect_retry_timeout: 0 })).catch((error: unknown) => error),
    );
    expect(result).toMatchObject({ code: 'HOST_UNREACHABLE' });
    expect(retries).toEqual([]);
  });

  it('that lasts longer than the budget ends with the last error, and says how often it was tried', async () => {
    const { result, retries } = await retriesDuring(async () =>
      openConnection(azureAt(await closedPort(), { connect_retry_timeout: 1 })).catch(
        (error: unknown) => error,
      ),
    );
    expect(result).toBeInstanceOf(AzurePgError);
    expect(result).toMatchObject({ code: 'HOST_UNREACHABLE', cause: { code: 'ECONNREFUSED' } });
    expect((result as Error).message).toMatch(
      new RegExp(`ECONNREFUSED.* \\(tried ${retries.length + 1} times in [0-9.]+ s\\)$`),
    );
  });

  it('may last longer than connect_timeout, where the budget says so', async () => {
    await emulator.postgres.stop();
    const { result, retries } = await retriesDuring(async () => {
      const connect = openConnection(
        byPassword({ connect_timeout: 1, connect_retry_timeout: 60, host: 'localhost' }),
      );
      const begun = performance.now();
      while (performance.now() - begun < 1500) await new Promise((resolve) => setTimeout(resolve, 50));
      await emulator.postgres.start();
      return connect;
    });
    await close(result);
    expect(retries.length).toBeGreaterThan(1);
  });

  it('ends at once when the signal fires', async () => {
    const stop = new AbortController();
    const { result, retries } = await retriesDuring(async (first) => {
      const connect = openConnection(azureAt(await closedPort()), { signal: stop.signal }).catch(
        (error: unknown) => error,
      );
      await first;
      stop.abort(new Error('enough'));
      return connect;
    });
    expect(result).toMatchObject({ code: 'ABORTED', cause: { message: 'enough' } });
    expect(retries.length).toBeLessThan(5);
  });

  it('the name is resolved anew for each attempt', async () => {
    const names: unknown[] = [];
    const keep = (entries: readonly PerformanceEntry[]): void => {
      for (const entry of entries as (PerformanceEntry & { detail: { hostname?: string } })[])
        names.push(entry.detail.hostname);
    };
    const observer = new PerformanceObserver((list) => keep(list.getEntries()));
    observer.observe({ entryTypes: ['dns'] });
    try {
      await emulator.postgres.stop();
      const { result, retries } = await retriesDuring(async (first) => {
        const connect = openConnection(byPassword());
        await first;
        await emulator.postgres.start();
        return connect;
      });
      await close(result);
      keep(observer.takeRecords());
      expect(names.filter((name) => name === 'localhost').length).toBeGreaterThan(retries.length);
    } finally {
      observer.disconnect();
    }
  });
});

describe('what is tried once', () => {
  const attempts = async (
    answer: (peer: Parameters<Parameters<typeof HostileServer.start>[0]>[0]) => void | Promise<void>,
    options: ConnectionOptions = {},
  ) => {
    let connections = 0;
    await using server = await HostileServer.start((peer) => {
      connections++;
      return answer(peer);
    });
    const connection = azureAt(server.port, { sslmode: 'disable', connect_timeout: 5, ...options });
    const { result } = await retriesDuring(() => openConnection(connection).catch((error: unknown) => error));
    return { connections, error: result };
  };
  const refusing =
    (fields: string) => async (peer: Parameters<Parameters<typeof HostileServer.start>[0]>[0]) => {
      await peer.startup();
      peer.send('E', `SFATAL\0VFATAL\0${fields}\0\0`);
      peer.socket.end();
    };

  it.each([
    ['a wrong password', 'C28P01\0Mpassword authentication failed for user "u"'],
    ['a database that is not there', 'C3D000\0Mdatabase "x" does not exist'],
    ['a parameter that the pooler does not take', 'C08P01\0Munsupported startup parameter: x'],
  ])('%s', async (_, fields) => {
    expect(await attempts(refusing(fields))).toMatchObject({
      connections: 1,
      error: { code: 'SERVER_REFUSED' },
    });
  });

  it('a server that does not speak the protocol', async () => {
    const answer = await attempts((peer) => void peer.socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(answer).toMatchObject({ connections: 1, error: { code: 'PROTOCOL_VIOLATION' } });
  });

  it('a wrong password after a dead host', async () => {
    const dead = await closedPort();
    let connections = 0;
    await using server = await HostileServer.start(async (peer) => {
      connections++;
      await refusing('C28P01\0Mno')(peer);
    });
    const { retries } = await retriesDuring(() =>
      openConnection(
        azureAt(dead, {
          host: 'a.postgres.database.azure.com,b.postgres.database.azure.com',
          hostaddr: '127.0.0.1,127.0.0.1',
          port: `${dead},${server.port}`,
          sslmode: 'disable',
        }),
      ).catch((error: unknown) => error),
    );
    expect({ connections, retries }).toEqual({ connections: 1, retries: [] });
  });

  it('a server of this machine that was never there', async () => {
    const { retries } = await retriesDuring(async () =>
      openConnection(resolveConnection(`postgresql://u:p@localhost:${await closedPort()}/x`, {}, {})).catch(
        (error: unknown) => error,
      ),
    );
    expect(retries).toEqual([]);
  });

  it('a stream that the program dials itself', async () => {
    let calls = 0;
    const dial = async () => {
      calls++;
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    };
    await expect(openConnection(azureAt(5432), { dial })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(calls).toBe(1);
  });
});

describe('what is tried again', () => {
  it.each([
    ['57P03', 'the database system is starting up'],
    ['57P01', 'terminating connection due to administrator command'],
    ['53300', 'sorry, too many clients already'],
    ['08P01', 'server login has been failing, cached error: connect failed (server_login_retry)'],
    ['08P01', 'pooler is shutting down'],
  ])('%s %s', async (code, text) => {
    let connections = 0;
    await using server = await HostileServer.start(async (peer) => {
      connections++;
      await peer.startup();
      if (connections < 3) {
        peer.send('E', `SFATAL\0C${code}\0M${text}\0\0`);
        peer.socket.end();
        return;
      }
      peer.send('R', 0);
      peer.send('Z', 'I');
    });
    const { result, retries } = await retriesDuring(() =>
      openConnection(azureAt(server.port, { sslmode: 'disable' })),
    );
    await close(result);
    expect(connections).toBe(3);
    expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(retries[0]?.error.serverError).toMatchObject({ code, message: text });
  });

  it('a server that closes, or resets, at whatever step', async () => {
    let connections = 0;
    await using server = await HostileServer.start(async (peer) => {
      connections++;
      if (connections === 1) return void peer.socket.resetAndDestroy();
      await peer.startup();
      if (connections === 2) return void peer.socket.end();
      if (connections === 3) return void peer.socket.resetAndDestroy();
      peer.send('R', 0);
      if (connections === 4) return void peer.socket.end();
      peer.send('Z', 'I');
    });
    const { result, retries } = await retriesDuring(() =>
      openConnection(azureAt(server.port, { sslmode: 'disable' })),
    );
    await close(result);
    expect(connections).toBe(5);
    expect(retries).toHaveLength(4);
  });
});

describe('several hosts', () => {
  const both = (first: number, options: ConnectionOptions = {}) =>
    byPassword({
      host: 'localhost,localhost',
      hostaddr: '127.0.0.1,127.0.0.1',
      port: `${first},${emulator.postgres.port}`,
      connect_timeout: 2,
      ...options,
    });

  it('one that did not answer is tried last for a while: only the first connect waits for it', async () => {
    let connections = 0;
    await using silent = await HostileServer.start(() => {
      connections++;
    });
    for (let connect = 0; connect < 3; connect++) {
      const opened = await openConnection(both(silent.port));
      expect(opened.host.port).toBe(emulator.postgres.port);
      await close(opened);
    }
    expect(connections).toBe(1);
  });

  it('it is still tried when the others fail, and is remembered as alive when it answers', async () => {
    const port = await closedPort();
    await close(await openConnection(both(port)));
    // Now something listens there.
    let connections = 0;
    const behind = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => behind.listen(port, '127.0.0.1', resolve));
    try {
      await emulator.postgres.stop();
      await openConnection(both(port, { connect_retry_timeout: 0 })).catch(() => {});
      expect(connections).toBe(1);
    } finally {
      await new Promise((resolve) => behind.close(resolve));
      await emulator.postgres.start();
    }
  });
});
