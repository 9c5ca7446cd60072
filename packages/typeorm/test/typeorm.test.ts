import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';
import { rejection, type Stand, startStand } from '@azure-pg/contract';
import { ownConnection } from '@azure-pg/pg';
import pg from 'pg';
import { type DataSource, QueryFailedError } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { azurePg, runTransaction } from '../src/index.ts';
import { dataSourceOf, Note } from './entities.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
  for (const emulator of [stand.ordinary, stand.adversarial]) {
    await emulator.query('grant create on schema public to app');
  }
});
afterAll(() => stand.stop());

const opened: DataSource[] = [];
const open = async (options: Parameters<typeof dataSourceOf>[0]): Promise<DataSource> => {
  const dataSource = dataSourceOf(options);
  await dataSource.initialize();
  opened.push(dataSource);
  return dataSource;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((dataSource) => dataSource.isInitialized && dataSource.destroy()));
});

const poolOf = (dataSource: DataSource): pg.Pool =>
  (dataSource.driver as unknown as { master: pg.Pool }).master;

describe.each(['direct', 'pooled', 'adversarial'] as const)('%s', (route) => {
  test('entities, transactions within transactions, streams, dropSchema', async () => {
    const driver = azurePg(stand.passwordUrl(route));
    const dataSource = await open({ driver, synchronize: true, dropSchema: true });
    const notes = dataSource.getRepository(Note);
    await dataSource.transaction(async (manager) => {
      await manager.save(Note, [{ text: 'one' }, { text: 'two' }]);
      await rejection(
        manager.transaction(async (inner) => {
          await inner.save(Note, { text: 'three' });
          throw new Error('mine');
        }),
      );
    });
    expect(await notes.find({ order: { id: 'ASC' } })).toEqual([
      { id: 1, text: 'one' },
      { id: 2, text: 'two' },
    ]);
    const rows: unknown[] = [];
    const runner = dataSource.createQueryRunner();
    for await (const row of await runner.stream('select text from typeorm_note order by id')) rows.push(row);
    await runner.release();
    expect(rows).toEqual([{ text: 'one' }, { text: 'two' }]);
    await dataSource.synchronize(true);
    expect(await notes.count()).toBe(0);
    await dataSource.dropDatabase();
  });

  test('an error has its SQLSTATE where TypeORM puts it', async () => {
    const dataSource = await open({ driver: azurePg(stand.passwordUrl(route)) });
    const error = await rejection(dataSource.query('select 1 / $1::int', [0]));
    expect(error).toBeInstanceOf(QueryFailedError);
    expect(error).toMatchObject({ code: '22012', driverError: { code: '22012' } });
    expect((error as QueryFailedError).driverError).toBeInstanceOf(pg.DatabaseError);
  });

  test('runTransaction gives an entity manager', async () => {
    const dataSource = await open({ driver: azurePg(stand.passwordUrl(route)) });
    const level = await runTransaction(
      dataSource,
      async (manager) => (await manager.query('show transaction_isolation'))[0].transaction_isolation,
      { isolationLevel: 'serializable' },
    );
    expect(level).toBe('serializable');
  });
});

describe('what TypeORM’s options say', () => {
  test('goes to the same pool, and nothing of the connection string is lost', async () => {
    const url = stand.passwordUrl('pooled', { application_name: 'of-the-URL' });
    const dataSource = await open({
      driver: azurePg(url),
      poolSize: 3,
      connectTimeoutMS: 4000,
      extra: { idleTimeoutMillis: 5000, query_timeout: 2000 },
    });
    expect(poolOf(dataSource).options).toMatchObject({
      max: 3,
      connectionTimeoutMillis: 4000,
      idleTimeoutMillis: 5000,
      query_timeout: 2000,
    });
    expect(ownConnection(poolOf(dataSource))).toMatchObject({
      pooling: { poolMode: 'transaction' },
      tls: { mode: 'verify-full' },
    });
    expect(await dataSource.query('show application_name')).toEqual([{ application_name: 'of-the-URL' }]);
  });

  test('they win over the connection string', async () => {
    const dataSource = dataSourceOf({
      driver: azurePg('postgres://db.example/one'),
      host: '127.0.0.1',
      port: 1,
      ssl: false,
      username: 'ada',
    });
    await expect(dataSource.initialize()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('the url is theirs, with what a driver of pg’s own loses', async () => {
    const dataSource = await open({ driver: azurePg(), url: stand.passwordUrl('pooled') });
    expect(ownConnection(poolOf(dataSource))?.pooling.poolMode).toBe('transaction');
  });

  test('replication: each has its own', async () => {
    const slaves = [{ url: stand.passwordUrl('adversarial', { application_name: 'slave' }) }];
    const dataSource = await open({
      driver: azurePg(),
      replication: { master: { url: stand.passwordUrl('direct', { application_name: 'master' }) }, slaves },
    });
    expect(await dataSource.query('show application_name')).toEqual([{ application_name: 'master' }]);
    const runner = dataSource.createQueryRunner('slave');
    expect(await runner.query('show application_name')).toEqual([{ application_name: 'slave' }]);
    await runner.release();
  });

  test('parseInt8, for which TypeORM sets pg’s defaults', async () => {
    const dataSource = await open({ driver: azurePg(stand.passwordUrl('direct')), parseInt8: true });
    try {
      expect(await dataSource.query('select 7::int8 as n')).toEqual([{ n: 7 }]);
    } finally {
      pg.defaults.parseInt8 = false;
    }
  });

  test('notices and notifications are logged', async () => {
    const logged: unknown[] = [];
    const logger = Object.fromEntries(
      ['logQuery', 'logQueryError', 'logQuerySlow', 'logSchemaBuild', 'logMigration'].map((name) => [
        name,
        () => {},
      ]),
    );
    const dataSource = await open({
      driver: azurePg(stand.passwordUrl('direct')),
      logNotifications: true,
      poolSize: 1,
      logger: { ...logger, log: (_level: string, text: unknown) => logged.push(text) } as never,
    });
    await dataSource.query(`do $$ begin raise notice 'hello'; end $$`);
    expect(logged).toEqual(['hello']);
  });

  test('a wrong option is an error at once; one of TypeORM’s from initialize()', async () => {
    const wrong = expect.objectContaining({ code: 'INVALID_SETTING' });
    expect(() => azurePg({ poolmode: 'x' } as never)).toThrow(wrong);
    expect(() => azurePg('postgres://db.example/app?sslmode=sometimes')).toThrow(wrong);
    await expect(open({ driver: azurePg(), extra: { sslmode: 'sometimes' } })).rejects.toEqual(wrong);
  });

  test('nothing that is printed has the password', () => {
    const dataSource = dataSourceOf({ driver: azurePg('postgres://app:canary@db.example/app') });
    expect(inspect(dataSource, { depth: 20, showHidden: true })).not.toContain('canary');
  });
});

describe('what breaks', () => {
  test('the server ends an idle connection: poolErrorHandler is told, and the next query is answered', async () => {
    const told: unknown[] = [];
    const dataSource = await open({
      driver: azurePg(stand.passwordUrl('direct')),
      poolSize: 1,
      poolErrorHandler: (error) => told.push(error),
    });
    const [{ pid }] = await dataSource.query('select pg_backend_pid() as pid');
    await stand.ordinary.query('select pg_terminate_backend($1)', [pid]);
    await expect.poll(() => told).toEqual([expect.objectContaining({ code: '57P01' })]);
    expect(await dataSource.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a runner’s connection breaks: its next query fails, and the pool goes on', async () => {
    const dataSource = await open({
      driver: azurePg(stand.passwordUrl('direct')),
      poolSize: 1,
      poolErrorHandler: () => {},
    });
    const runner = dataSource.createQueryRunner();
    const [{ pid }] = await runner.query('select pg_backend_pid() as pid');
    await stand.ordinary.query('select pg_terminate_backend($1)', [pid]);
    await setTimeout(50);
    expect(await rejection(runner.query('select 1'))).toBeInstanceOf(Error);
    await runner.release();
    expect(await dataSource.query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  test('a runner that is released within its transaction leaves nothing of it to the next', async () => {
    const dataSource = await open({
      driver: azurePg(stand.passwordUrl('direct')),
      poolSize: 1,
    });
    const runner = dataSource.createQueryRunner();
    await runner.startTransaction();
    await runner.query('create temporary table typeorm_left (n int)');
    await runner.release();
    expect(await dataSource.query(`select to_regclass('typeorm_left') as there`)).toEqual([{ there: null }]);
  });

  test('a server that is not there: the error says so, and initialize() can be called again', async () => {
    const dataSource = dataSourceOf({
      driver: azurePg('postgres://app@127.0.0.1:1/app?connect_timeout=1&sslmode=disable&auth=password'),
    });
    for (const _ of [1, 2]) {
      await expect(dataSource.initialize()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      expect(dataSource.isInitialized).toBe(false);
    }
  });
});
