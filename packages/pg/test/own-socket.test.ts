import { Socket } from 'node:net';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client, Pool } from '@azure-pg/pg';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  const hba = ['host all all 127.0.0.1/32 scram-sha-256'];
  emulator = await startEmulator({ pooler: false, postgres: { settings: { ssl: false }, hba } });
});
afterAll(() => emulator.stop());

const place = (): pg.ClientConfig => {
  const { host, port, user, password } = emulator.postgres;
  return { host, port, user, password, database: 'postgres' };
};

describe('a socket of the program’s', () => {
  it('is used where nothing asks for a verified server', async () => {
    const used: Socket[] = [];
    const stream = (): Socket => {
      used.push(new Socket());
      return used.at(-1) as Socket;
    };
    const pool = new Pool({ ...place(), stream, max: 1 });
    expect((await pool.query('SELECT current_user AS name')).rows).toEqual([{ name: 'app' }]);
    await pool.end();
    expect(used).toHaveLength(1);
    expect(used[0]?.bytesRead).toBeGreaterThan(0);
  });

  it.each(['stream', 'connection'])('a connection string as the option "%s" is not passed over', (name) => {
    for (const make of [Pool, Client]) {
      const config = { [name]: 'postgresql://u:p@localhost/d' };
      expect(() => new make(config)).toThrow(
        expect.objectContaining({
          code: 'INVALID_SETTING',
          hint: expect.stringContaining('connectionString'),
        }),
      );
    }
  });

  it('still gets no named statement where a pooler keeps none', async () => {
    const client = new Client({ ...place(), stream: () => new Socket(), poolMode: 'transaction' });
    await client.connect();
    await client.query({ name: 'kept', text: 'SELECT 1' });
    const { rows } = await client.query('SELECT name FROM pg_prepared_statements');
    expect(rows).toEqual([]);
    await client.end();
  });

  const azure = 'my-server.postgres.database.azure.com';
  it.each<[string, object]>([
    ["a host of Azure's, by Entra", { host: azure, password: undefined }],
    ["a host of Azure's, by password", { host: azure, auth: 'password', sslmode: 'disable' }],
    ["a host of Azure's as the second", { host: `localhost,${azure}`, auth: 'password', sslmode: 'disable' }],
    ['a token', { password: undefined, auth: 'entra' }],
    ['a password in Key Vault', { password: 'keyvault:https://v.vault.azure.net/secrets/s' }],
    ['ssl: true', { ssl: true }],
    ['sslmode=require', { sslmode: 'require' }],
    ['channel_binding=require', { channel_binding: 'require' }],
    ['require_auth', { require_auth: 'scram-sha-256' }],
  ])('is refused with %s', (_, config) => {
    for (const name of ['stream', 'connection']) {
      const given = { ...place(), ...config, [name]: {} };
      for (const make of [() => new Client(given), () => new Pool(given)]) {
        expect(make).toThrow(`The option "${name}" cannot be used`);
      }
    }
  });
});

describe('a connect() of the connection that the program replaced', () => {
  const called = async (config: pg.ClientConfig): Promise<unknown[]> => {
    const client = new Client(config);
    const seen: unknown[] = [];
    (client as unknown as { connection: { connect: unknown } }).connection.connect = (...where: unknown[]) =>
      void seen.push(...where);
    client.connect(() => {});
    return seen;
  };

  it('is called instead, as by pg', async () => {
    expect(await called({ ...place(), host: '/tmp', port: 7 })).toEqual(['/tmp/.s.PGSQL.7']);
  });

  it('is not, where the server must be verified', async () => {
    expect(await called({ ...place(), ssl: true })).toEqual([]);
  });
});
