import { createRequire } from 'node:module';
import { ownConnection, Pool } from '@azure-pg/pg';
import pg from 'pg';
import { describe, expect, it } from 'vitest';

// pg's own copy.
const { parse } = createRequire(createRequire(import.meta.url).resolve('pg'))('pg-connection-string') as {
  parse(text: string): pg.PoolConfig;
};

describe("a URL of a Unix socket, in pg's words", () => {
  it.each([
    'socket:/run/postgresql?db=orders&encoding=utf8',
    'socket:/run/my%20folder?db=orders',
    'socket:/run/postgresql?db=orders&user=app&password=secret',
  ])('%s', (url) => {
    const bare = new pg.Client(url);
    for (const config of [url, { connectionString: url }]) {
      const connection = ownConnection(new Pool(config));
      expect(connection?.hosts[0]?.host).toBe(bare.host);
      expect(connection?.database).toBe('orders');
      if (url.includes('user=')) expect(connection?.user).toBe('app');
    }
  });
});

describe('what pg-connection-string makes of libpq’s modes is a config', () => {
  const ca = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

  it.each(['verify-ca', 'require'])('sslmode=%s with a root certificate', (sslmode) => {
    // As its parse() gives it for uselibpqcompat=true.
    const ssl = { ca, checkServerIdentity() {} } as pg.PoolConfig['ssl'];
    const config = { ...parse('postgres://app@db.example/orders?uselibpqcompat=true'), sslmode, ssl };
    expect(ownConnection(new Pool(config as pg.PoolConfig))?.tls).toMatchObject({
      mode: 'verify-ca',
      rootCertificates: [ca],
    });
  });
});
