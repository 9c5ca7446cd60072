import { describe, expect, it } from 'vitest';
import type { AzureConnection } from '../../src/connection/connection.ts';
import { effectivePooling, forgetPooling } from '../../src/pooler-detection/effective-pooling.ts';
import { sessionConnection } from '../../src/pooler-detection/session-connection.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';

const to = (url: string): AzureConnection => resolveConnection(url, {}, {});
const portOf = (connection: AzureConnection): number | undefined => connection.hosts[0]?.port;
const refusal = expect.objectContaining({
  code: 'POOLER_UNSUPPORTED',
  message: expect.stringMatching(/^A migration needs/),
  hint: expect.stringContaining('direct_port'),
});

describe('the connection for what needs a session', () => {
  it.each([
    'postgres://ada@localhost',
    'postgres://ada@my-server.postgres.database.azure.com/app',
    'postgres://ada@localhost:6432?pool_mode=session',
  ])('is the connection itself where the session is its own: %s', (url) => {
    const connection = to(url);
    expect(sessionConnection(connection, 'A migration')).toBe(connection);
  });

  it.each([
    ['postgres://ada@my-server.postgres.database.azure.com:6432/app', 5432],
    ['postgres://ada@localhost:6432?pool_mode=transaction&direct_port=5433', 5433],
    ['postgres://ada@localhost:6432?pool_mode=session&direct_port=5433', 5433],
    ['postgres://ada@localhost:6432?pool_mode=detect&direct_port=5433', 5433],
  ])('goes past the pooler: %s', (url, port) => {
    const direct = sessionConnection(to(url), 'A migration');
    expect(portOf(direct)).toBe(port);
    expect(direct.pooling.poolMode).toBe('none');
  });

  it.each(['transaction', 'statement', 'detect'])('is refused where the way is not known: %s', (mode) => {
    const connection = to(`postgres://ada@localhost:6432?pool_mode=${mode}`);
    expect(() => sessionConnection(connection, 'A migration')).toThrow(refusal);
  });

  it.each([
    ['none', undefined],
    ['session', undefined],
    ['transaction', refusal],
  ] as const)('goes by what was detected: %s', async (poolMode, error) => {
    const connection = to('postgres://ada@localhost:6432?pool_mode=detect');
    await effectivePooling(connection, {
      detect: async () => ({ poolMode, preparedStatements: false, evidence: [] }),
    });
    try {
      if (error === undefined) expect(sessionConnection(connection, 'A migration')).toBe(connection);
      else expect(() => sessionConnection(connection, 'A migration')).toThrow(error);
    } finally {
      forgetPooling(connection);
    }
  });
});
