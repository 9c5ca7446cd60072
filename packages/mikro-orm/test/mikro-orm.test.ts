import { type Stand, startStand } from '@azure-pg/contract';
import { Migration, Migrator } from '@mikro-orm/migrations';
import {
  EntityManager,
  EntitySchema,
  type ISchemaGenerator,
  MikroORM,
  type Options,
  UniqueConstraintViolationException,
} from '@mikro-orm/postgresql';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { azurePostgres } from '../src/index.ts';

interface Note {
  id: number;
  text: string;
  day: string;
  at: Date;
}
const Note = new EntitySchema<Note>({
  name: 'Note',
  tableName: 'mikro_notes',
  properties: {
    id: { type: 'number', primary: true, autoincrement: true },
    text: { type: 'string', unique: true },
    day: { type: 'date' },
    at: { type: 'datetime', columnType: 'timestamptz(3)' },
  },
});

const oldest = process.env.DRIVER_VERSION_UNDER_TEST === 'oldest';
let stand: Stand;
const open: MikroORM[] = [];
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

async function connect(options: Options, entities = [Note]): Promise<MikroORM> {
  const orm = await MikroORM.init({
    entities,
    discovery: { warnWhenNoEntities: false },
    ...options,
  } as Options);
  open.push(orm);
  return orm;
}
// The pooler reaches its server over a Unix-domain socket, which has no address.
const pooled = 'select inet_client_addr() is null as pooled, current_user as who';

test('the MikroORM under test is the one that was asked for', () => {
  // Which version this is, is said nowhere in what it exports; a session's context is new in 7.2.
  expect('setSessionContext' in EntityManager.prototype).toBe(!oldest);
});

describe('options', () => {
  test('MikroORM is told where it goes, and no secret', () => {
    const made = azurePostgres('postgres://app:S3cret@127.0.0.1:5433/shop', { max: 7 });
    expect(made).toMatchObject({
      host: '127.0.0.1',
      port: 5433,
      user: 'app',
      dbName: 'shop',
      pool: { max: 7 },
    });
    expect(JSON.stringify(made)).not.toContain('S3cret');
  });

  test('a slip is refused', () => {
    expect(() => azurePostgres('postgres://localhost/app?sslmod=require')).toThrow(/sslmod/);
  });
});

describe.each(['direct', 'pooled', 'adversarial'] as const)('%s', (route) => {
  test('schema generator, entities, dates, and MikroORM’s own errors', async () => {
    const orm = await connect(azurePostgres(stand.passwordUrl(route)));
    const schema: ISchemaGenerator = orm.schema;
    await schema.drop();
    await schema.create();
    // Other tests' tables are not its own.
    expect(await schema.getUpdateSchemaSQL({ safe: true })).not.toContain('mikro_notes');
    const at = new Date('2024-02-29T12:34:56.789Z');
    await orm.em.fork().transactional(async (em) => {
      em.create(Note, { text: 'one', day: '2024-02-29', at });
      em.create(Note, { text: 'two', day: '2024-12-31', at });
    });
    const found = await orm.em.fork().findOneOrFail(Note, { text: 'one' });
    expect(found).toMatchObject({ text: 'one', day: '2024-02-29', at });
    const again = orm.em.fork();
    again.create(Note, { text: 'one', day: '2024-02-29', at });
    const error = await again.flush().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UniqueConstraintViolationException);
    expect(error).toMatchObject({ code: '23505' });
    await schema.drop();
  });

  test('migrations run, each once', async () => {
    class First extends Migration {
      override up(): void {
        this.addSql('create table migrated (id int)');
      }
      override down(): void {
        this.addSql('drop table migrated');
      }
    }
    const orm = await connect({
      ...azurePostgres(stand.passwordUrl(route)),
      extensions: [Migrator],
      migrations: { migrationsList: [{ name: 'First', class: First }], snapshot: false, silent: true },
    } as Options);
    expect((await orm.migrator.up()).map(({ name }) => name)).toEqual(['First']);
    expect(await orm.migrator.up()).toEqual([]);
    expect((await orm.migrator.down()).map(({ name }) => name)).toEqual(['First']);
    await orm.em.getConnection().execute('drop table mikro_orm_migrations');
  });
});

describe('the place of a connection', () => {
  test('replicas: MikroORM’s own, and with a URL of their own', async () => {
    const { port } = new URL(stand.passwordUrl('pooled'));
    const url = stand.passwordUrl('direct');
    for (const replicas of [[{ port: Number(port) }], [azurePostgres(stand.passwordUrl('pooled'))]]) {
      const orm = await connect({ ...azurePostgres(url), replicas } as Options);
      expect(await orm.em.getConnection('read').execute(pooled)).toEqual([{ pooled: true, who: 'app' }]);
      expect(await orm.em.getConnection('write').execute(pooled)).toEqual([{ pooled: false, who: 'app' }]);
    }
  });

  test('a role that the token names, not MikroORM’s "postgres"', async () => {
    const credential = stand.ordinary.entra.credential();
    const orm = await connect(azurePostgres(stand.entraUrl('direct'), { credential }));
    expect(await orm.em.getConnection().execute('select current_user as who')).toEqual([
      { who: 'local-app' },
    ]);
  });

  test('a database that is to be made', async () => {
    await stand.ordinary.query('alter role app createdb');
    const orm = await connect({
      ...azurePostgres(stand.passwordUrl('direct')),
      dbName: 'made_by_mikro',
    } as Options);
    await orm.schema.ensureDatabase();
    expect(await orm.em.getConnection().execute('select current_database() as name')).toEqual([
      { name: 'made_by_mikro' },
    ]);
    await orm.schema.dropDatabase();
  });
});

// New in 7.2.
test.skipIf(oldest)('a session’s context is set on each connection', async () => {
  const em: { current?: MikroORM['em'] } = {};
  const orm = await connect({
    ...azurePostgres(stand.passwordUrl('direct')),
    sessionContext: 'connection',
    context: () => em.current,
  } as unknown as Options);
  em.current = orm.em.fork();
  em.current.setSessionContext?.({ variables: { 'app.tenant': 'seven' } });
  const rows = await em.current
    .getConnection()
    .execute("select current_setting('app.tenant', true) as tenant");
  expect(rows).toEqual([{ tenant: 'seven' }]);
});

test('an aborted query is cancelled, also through the pooler', async () => {
  const orm = await connect(azurePostgres(stand.passwordUrl('adversarial')));
  const kysely = orm.em.getConnection().getClient();
  const controller = new AbortController();
  const query = {
    sql: 'select pg_sleep(60) -- mikro',
    parameters: [],
    query: { kind: 'RawNode', sqlFragments: [], parameters: [] },
    queryId: { queryId: 'mikro' },
  };
  const options = { signal: controller.signal, inflightQueryAbortStrategy: 'cancel query' };
  const aborted = expect(kysely.executeQuery(query as never, options as never)).rejects.toThrow('enough');
  const running = async (): Promise<number> =>
    (
      await stand.adversarial.query(
        "select 1 from pg_stat_activity where query like '%-- mikro' and state = 'active'",
      )
    ).length;
  while ((await running()) === 0);
  controller.abort(new Error('enough'));
  await aborted;
  while ((await running()) > 0);
});
