import { AsyncLocalStorage } from 'node:async_hooks';
import { type Stand, startStand } from '@azure-pg/contract';
import { DataTypes, Sequelize, type Transaction, UniqueConstraintError } from 'sequelize';
import { SequelizeStorage, Umzug } from 'umzug';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  type AzurePostgresOptions,
  azurePostgres,
  directOptions,
  runTransaction,
  withDirect,
} from '../src/index.ts';

let stand: Stand;
const open: Sequelize[] = [];
beforeAll(async () => {
  stand = await startStand();
  await Promise.all(
    [stand.ordinary, stand.adversarial].map((each) => each.query('grant create on schema public to app')),
  );
});
afterAll(() => stand.stop());
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.close()));
});

const connect = (url: string, options: AzurePostgresOptions = {}): Sequelize => {
  const sequelize = new Sequelize(azurePostgres(url, { logging: false, ...options }));
  open.push(sequelize);
  return sequelize;
};
const one = async (
  sequelize: Sequelize,
  sql: string,
  options = {},
): Promise<Record<string, unknown> | undefined> =>
  ((await sequelize.query(sql, options))[0] as Record<string, unknown>[])[0];
// The pooler reaches its server over a Unix-domain socket, which has no address.
const pooled = 'select inet_client_addr() is null as pooled';

describe('options', () => {
  test('Sequelize is told where it goes, and no secret', () => {
    const made = azurePostgres('postgres://app:S3cret@127.0.0.1:5433/shop?application_name=x');
    expect(made).toMatchObject({
      host: '127.0.0.1',
      port: 5433,
      username: 'app',
      database: 'shop',
      dialect: 'postgres',
    });
    expect(JSON.stringify(made)).not.toContain('S3cret');
  });

  test.each([
    [{ max: 5 }, 'pool: { max }'],
    [{ idleTimeoutMillis: 5 }, 'pool: { idle }'],
    [{ native: true }, 'leave it out'],
    [{ dialect: 'mysql' }, 'leave it out'],
    [{ dialectModule: {} }, 'leave it out'],
    [{ sslmod: 'require' }, 'sslmode'],
    [{ usernam: 'x' }, ''],
    [{ dialectOptions: { sslmod: 'require' } }, 'sslmode'],
  ])('%j is refused', (options, hint) => {
    expect(() => azurePostgres('postgres://localhost/app', options as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING', hint: expect.stringContaining(hint) }),
    );
  });

  test('what PgBouncer refuses is refused when the options are made', () => {
    const options = { dialectOptions: { statement_timeout: 1000 } };
    expect(() => azurePostgres('postgres://localhost:6432/app?pool_mode=transaction', options)).toThrow(
      expect.objectContaining({ code: 'POOLER_UNSUPPORTED' }),
    );
  });

  test('dialectOptions, username and the options of pg reach the connection', async () => {
    const { ca, user, ...server } = stand.plainServer();
    const sequelize = new Sequelize(
      azurePostgres({
        ...server,
        username: user,
        logging: false,
        dialectOptions: {
          application_name: 'shop',
          statement_timeout: 4321,
          ssl: { require: true, rejectUnauthorized: true, ca },
        },
      } as AzurePostgresOptions),
    );
    open.push(sequelize);
    const sql =
      "select current_user as who, current_setting('application_name') as name, current_setting('statement_timeout') as limit";
    expect(await one(sequelize, sql)).toEqual({ who: 'app', name: 'shop', limit: '4321ms' });
  });

  test('Sequelize’s own settings are kept', async () => {
    const sequelize = connect(stand.passwordUrl('direct'), {
      timezone: '+02:00',
      pool: { max: 2 },
      define: { underscored: true },
    });
    expect(await one(sequelize, "select current_setting('timezone') as zone")).toEqual({ zone: '<+02>-02' });
    expect(sequelize.config.pool?.max).toBe(2);
    expect(sequelize.define('A', {}).options.underscored).toBe(true);
  });
});

describe('the place of a connection', () => {
  test('replication: reads and writes each go where they should, with all other settings of the URL', async () => {
    const url = new URL(stand.passwordUrl('direct'));
    const poolerUrl = new URL(stand.passwordUrl('pooled'));
    const sequelize = connect(url.href, {
      replication: { write: {}, read: [{ port: Number(poolerUrl.port) }] },
    });
    const [read] = await sequelize.query<{ pooled: boolean }>(pooled, { type: 'SELECT' as never });
    expect(read).toEqual({ pooled: true });
    expect(await one(sequelize, pooled)).toEqual({ pooled: false });
    await sequelize.transaction(async (transaction) => {
      expect(await one(sequelize, pooled, { transaction })).toEqual({ pooled: false });
    });
  });

  test('a beforeConnect hook may change who signs in, and the connection is verified as before', async () => {
    const url = new URL(stand.passwordUrl('direct'));
    const { username, password } = url;
    url.username = 'nobody';
    url.password = 'wrong';
    const beforeConnect = async (config: { username?: string; password?: string | null }): Promise<void> => {
      Object.assign(config, { username, password });
    };
    const sequelize = connect(url.href, { hooks: { beforeConnect } });
    expect(await one(sequelize, 'select current_user as who')).toEqual({ who: username });
  });

  test('another host has another address', async () => {
    const url = new URL(stand.passwordUrl('direct'));
    url.searchParams.set('hostaddr', '127.0.0.1');
    url.hostname = 'localhost';
    const sequelize = connect(url.href, { replication: { write: {}, read: [{ host: 'nowhere.invalid' }] } });
    expect(await one(sequelize, 'select 1 as one')).toEqual({ one: 1 });
    await expect(sequelize.query('select 1', { type: 'SELECT' as never })).rejects.toThrow(
      /nowhere\.invalid/,
    );
  });
});

describe.each(['direct', 'pooled', 'adversarial'] as const)('%s', (route) => {
  test('models: sync, associations, and Sequelize’s own errors', async () => {
    const warned: string[] = [];
    const logger = { warn: (text: string) => void warned.push(text), info() {}, debug() {} };
    const sequelize = connect(stand.passwordUrl(route), { logger } as AzurePostgresOptions);
    const Author = sequelize.define('Author', {
      name: { type: DataTypes.STRING, unique: true },
      tags: DataTypes.ARRAY(DataTypes.ENUM('a', 'b')),
    });
    const Book = sequelize.define('Book', {
      title: DataTypes.STRING,
      span: DataTypes.RANGE(DataTypes.INTEGER),
    });
    Author.hasMany(Book);
    await sequelize.sync({ force: true });
    const ada = await Author.create({ name: 'Ada', tags: ['a', 'b'] });
    await Book.bulkCreate([{ title: 'one', span: [1, 5], AuthorId: ada.get('id') }, { title: 'two' }]);
    const [found] = await Author.findAll({ include: Book });
    expect(found?.toJSON()).toMatchObject({
      name: 'Ada',
      tags: ['a', 'b'],
      Books: [{ title: 'one', span: [{ value: 1 }, { value: 5 }] }],
    });
    const error = await Author.create({ name: 'Ada' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UniqueConstraintError);
    expect(error).toMatchObject({ original: { code: '23505' }, parent: { code: '23505' } });
    await sequelize.drop();
    expect(warned).toEqual([]);
  });

  test('transactions: unmanaged, nested, and by CLS', async () => {
    class Own extends Sequelize {}
    const storage = new AsyncLocalStorage<Map<string, unknown>>();
    Own.useCLS({
      bind() {},
      run: (work: (context: unknown) => unknown) => storage.run(new Map(storage.getStore()), () => work({})),
      get: (name: string) => storage.getStore()?.get(name),
      set: (name: string, value: unknown) => storage.getStore()?.set(name, value),
    });
    const sequelize = new Own(azurePostgres(stand.passwordUrl(route), { logging: false, pool: { max: 2 } }));
    open.push(sequelize);
    try {
      const ids = async (): Promise<unknown> =>
        (await stand.emulatorOf(route).query('select id from contract_slow_commit order by id')).map(
          ({ id }) => id,
        );
      const insert = (id: string, transaction?: Transaction): Promise<unknown> =>
        sequelize.query('insert into contract_slow_commit values ($1)', {
          bind: [id],
          ...(transaction ? { transaction } : {}),
        });
      const unmanaged = await sequelize.transaction();
      await insert('gone', unmanaged);
      await unmanaged.rollback();
      await sequelize.transaction(async (outer) => {
        await insert('kept');
        await sequelize
          .transaction({ transaction: outer }, async () => {
            await insert('inner');
            throw new Error('only the inner one');
          })
          .catch(() => {});
      });
      // It asks for the outcome outside of the transaction, also where one is found by CLS.
      await runTransaction(sequelize, () => insert('by runTransaction'), { isolationLevel: 'serializable' });
      expect(await ids()).toEqual(['by runTransaction', 'kept']);
    } finally {
      (Sequelize as unknown as { _cls: unknown })._cls = undefined;
      await stand.emulatorOf(route).query('delete from contract_slow_commit');
    }
  });

  test('a transaction that somebody left open by SQL takes nobody’s work with it', async () => {
    const sequelize = connect(stand.passwordUrl(route), { pool: { max: 1 } });
    await sequelize.query('begin');
    await sequelize.query("insert into contract_slow_commit values ('lost')");
    expect(await stand.emulatorOf(route).query('select id from contract_slow_commit')).toEqual([
      { id: 'lost' },
    ]);
    await stand.emulatorOf(route).query('delete from contract_slow_commit');
  });

  test('a connection that the server ends while it is idle is replaced', async () => {
    const sequelize = connect(stand.passwordUrl(route), { pool: { max: 1 } });
    for (let round = 0; round < 3; round++) {
      const [row] = (await sequelize.query('select pg_backend_pid() as pid'))[0] as { pid: number }[];
      await stand.emulatorOf(route).query(`select pg_terminate_backend(${row?.pid})`);
      await vi.waitFor(() => sequelize.query('select 1'), 2000);
    }
  });

  test('a setting of the session that fails leaves no connection behind', async () => {
    const sequelize = connect(stand.passwordUrl(route), {
      timezone: 'Nowhere',
      pool: { max: 2 },
      databaseVersion: '15.0.0',
    } as AzurePostgresOptions);
    const mine = async (): Promise<unknown> =>
      (
        await stand
          .emulatorOf(route)
          .query(
            "select count(*)::int as n from pg_stat_activity where usename = 'app' and application_name = ''",
          )
      )[0]?.n;
    const before = await mine();
    for (let n = 0; n < 3; n++)
      await expect(sequelize.query('select 1')).rejects.toThrow(/interval|zone|zeit/i);
    if (route === 'direct') await vi.waitFor(async () => expect(await mine()).toBe(before));
  });
});

describe('migrations', () => {
  test('run past the pooler with Umzug, on an instance of their own', async () => {
    const sequelize = connect(stand.passwordUrl('adversarial'));
    const seen: unknown[] = [];
    const names = await withDirect(sequelize, async (direct) => {
      const umzug = new Umzug({
        migrations: [
          {
            name: 'notes',
            async up({ context }) {
              seen.push(await one(direct, pooled));
              await context.createTable('umzug_notes', { id: { type: DataTypes.INTEGER, primaryKey: true } });
            },
          },
        ],
        context: direct.getQueryInterface(),
        storage: new SequelizeStorage({ sequelize: direct }),
        logger: undefined,
      });
      return (await umzug.up()).map(({ name }) => name);
    });
    expect(names).toEqual(['notes']);
    expect(seen).toEqual([{ pooled: false }]);
    expect(await one(sequelize, pooled)).toEqual({ pooled: true });
    await sequelize.getQueryInterface().dropAllTables();
  });

  test('options of another make are refused', () => {
    expect(() => directOptions({ dialect: 'postgres' })).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING' }),
    );
  });

  test('another copy of this package knows the options', async () => {
    const options = azurePostgres(stand.passwordUrl('pooled'), { logging: false });
    vi.resetModules();
    const copy = (await import('../src/index.ts')) as { directOptions: typeof directOptions };
    const sequelize = new Sequelize(copy.directOptions(options));
    open.push(sequelize);
    expect(await one(sequelize, pooled)).toEqual({ pooled: false });
  });
});
