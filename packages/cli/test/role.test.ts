import { execFile, spawnSync } from 'node:child_process';
import { resolveConnection } from '@azure-pg/core';
import { openSession } from '@azure-pg/core/tooling';
import { type Emulator, type Identity, type IdentityOptions, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../src/command-line.ts';
import { runCli } from './run-cli.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ database: 'app' });
  Object.assign(process.env, emulator.env);
  // Whatever works from here on works past the pooler.
  await emulator.pgbouncer?.stop();
}, 90_000);
afterAll(async () => {
  await emulator?.stop();
});

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `azure-pg role …` as the emulator's administrator. */
async function role(...args: readonly string[]): Promise<Said> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCommandLine(['role', ...args], {
    env: { NO_COLOR: '1', ...emulator.env, DATABASE_URL: emulator.pooledUrl },
    stdout: { isTTY: true, columns: 100, write: (text) => out.push(text) },
    stderr: { isTTY: true, columns: 100, write: (text) => err.push(text) },
    exitCode: 0,
  });
  return { code, out: out.join(''), err: err.join('').replaceAll('\n', ' ') };
}

async function works(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await role(...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return out;
}

/** Runs SQL as this identity; without one as the administrator. Returns the last statement's rows. */
async function as(
  who: { identity?: Identity; user?: string; database?: string },
  sql: string,
): Promise<readonly (readonly (string | null)[])[]> {
  const { identity = emulator.identities[0] as Identity, user = identity.roleName, database = 'app' } = who;
  const credential = emulator.entra.credential({ identity });
  await using session = await openSession(
    resolveConnection(emulator.url, { credential, database, user }, {}),
  );
  return (await session.query(sql)).at(-1)?.rows ?? [];
}

const principal = (name: string, more: Partial<IdentityOptions> = {}): Promise<Identity> =>
  emulator.createIdentity({ name, role: false, ...more });

/** Another database, of the administrators, where no other test has been. */
async function newDatabase(name: string): Promise<string> {
  await emulator.query(`CREATE DATABASE "${name}" OWNER azure_pg_admin`);
  return name;
}

/** Everything in the catalogs that says what a role is and may, in both databases, with its name taken out. */
async function traces(name: string, where = 'app'): Promise<string> {
  const all: unknown[] = [
    await emulator.query(
      'SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, p.object_id, p.type, p.is_admin, p.is_mfa FROM pg_roles r LEFT JOIN azure_pg_emulator.principal p ON p.role = r.oid WHERE rolname = $1',
      [name],
    ),
  ];
  for (const database of ['postgres', where]) {
    all.push(
      await as(
        { database },
        `SELECT 'database', datname, datacl::text FROM pg_database
         UNION ALL SELECT 'schema', nspname, nspacl::text FROM pg_namespace
         UNION ALL SELECT 'relation', relname, relacl::text FROM pg_class WHERE relacl IS NOT NULL
         UNION ALL SELECT 'default', concat(defaclrole::regrole, ' ', defaclobjtype), defaclacl::text FROM pg_default_acl
         ORDER BY 1, 2, 3`,
      ),
    );
  }
  return JSON.stringify(all, null, 1);
}

const code = (refused: unknown): unknown => (refused as { serverError?: { code: string } }).serverError?.code;
const refusal = (done: Promise<unknown>): Promise<unknown> => done.then(() => 'done', code);

describe('azure-pg role create', () => {
  test('makes the role of a principal by its object id, once', async () => {
    const identity = await principal('created');
    const args = ['create', 'created', '--object-id', identity.objectId.toUpperCase()];
    expect(await works(...args)).toBe(
      `The role "created" is created: it stands for service ${identity.objectId}.\n`,
    );
    expect(await as({ identity, database: 'postgres' }, 'SELECT current_user')).toEqual([['created']]);
    const before = await traces('created');
    expect(await works(...args, '--type', 'service')).toContain('already existed');
    expect(await traces('created')).toBe(before);
  });

  test('or by its name in the directory', async () => {
    const identity = await principal('by-name');
    expect(await works('create', 'by-name')).toContain(identity.objectId);
    expect(await works('create', 'by-name')).toContain('already existed');
    expect(await as({ identity, database: 'postgres' }, 'SELECT current_user')).toEqual([['by-name']]);
  });

  test('of every type, as an administrator and with MFA', async () => {
    const group = await principal('readers', { kind: 'group' });
    const member = await principal('ada@example.org', { kind: 'user', memberOf: [group] });
    await works('create', 'readers', '--object-id', group.objectId, '--type', 'group');
    expect(
      await as({ identity: member, user: 'readers', database: 'postgres' }, 'SELECT current_user'),
    ).toEqual([['readers']]);
    const args = [
      'create',
      'ada@example.org',
      '--object-id',
      member.objectId,
      '--type',
      'user',
      '--admin',
      '--mfa',
    ];
    expect(await works(...args)).toContain('an administrator');
    expect(
      await emulator.query(
        "SELECT p.type, is_admin, is_mfa, pg_has_role(role, 'azure_pg_admin', 'MEMBER') AS member FROM azure_pg_emulator.principal p WHERE role = '\"ada@example.org\"'::regrole",
      ),
    ).toEqual([{ type: 'user', is_admin: true, is_mfa: true, member: true }]);
  });

  test('leaves another principal’s role as it is, and says so', async () => {
    const [mine, other] = [await principal('mine'), await principal('other')];
    await works('create', 'mine', '--object-id', mine.objectId);
    const before = await traces('mine');
    const taken = await role('create', 'mine', '--object-id', other.objectId);
    expect(taken).toMatchObject({ code: 1, out: '' });
    expect(taken.err).toMatch(/"mine" exists and stands for another principal\. .*role list/);
    for (const [flag, reason] of [
      ['--admin', 'it is not an administrator'],
      ['--mfa', 'it does not demand multi-factor'],
      ['--type=user', 'its principal is a service'],
    ] as const) {
      const { code, err } = await role('create', 'mine', '--object-id', mine.objectId, flag);
      expect({ flag, code }).toEqual({ flag, code: 1 });
      expect(err).toContain(reason);
    }
    expect(await traces('mine')).toBe(before);
  });

  test('hands no role that stands for nobody to a principal by its name, and an administrator’s not at all', async () => {
    await emulator.query('CREATE ROLE unmapped LOGIN');
    const identity = await principal('unmapped-too');
    expect((await role('create', 'unmapped')).err).toMatch(/does not stand for a principal\. .*--object-id/);
    expect((await role('create', 'azure_pg_admin', '--object-id', identity.objectId)).err).toMatch(
      /belongs to an administrator/,
    );
    // On Azure it would be mapped now.
    const { code, err } = await role('create', 'unmapped', '--object-id', identity.objectId);
    expect(code).toBe(1);
    expect(err).toContain('lacks the security labels of Azure, as the emulator does');
    expect(
      (await works('create', 'unmapped', '--object-id', identity.objectId, '--dry-run')).split('\n'),
    ).toContain(
      `    SECURITY LABEL FOR "pgaadauth" ON ROLE "unmapped" IS 'aadauth,oid=${identity.objectId},type=service';`,
    );
  });

  test('says who may do it', async () => {
    const identity = await emulator.createIdentity({ name: 'ordinary' });
    const env = (await emulator.environmentsFor(identity)).appService;
    const { code, stderr } = await runCli(['role', 'list', '--url', emulator.url], { env });
    expect(code).toBe(1);
    expect(stderr.replaceAll('\n', ' ')).toMatch(
      /"ordinary" is not an Entra administrator of this server\. .*--as .*--dry-run/,
    );
  });
});

describe('azure-pg role grant', () => {
  const tables = `CREATE TABLE IF NOT EXISTS notes (id bigserial PRIMARY KEY, text text);
    CREATE OR REPLACE VIEW all_notes AS SELECT * FROM notes;`;

  /** What a role manages to do, with tables that were there and one of the administrator's that is made now. */
  async function done(identity: Identity, later: string, database: string): Promise<Record<string, unknown>> {
    await as(
      { database },
      `CREATE TABLE ${later} (id bigserial PRIMARY KEY, text text); INSERT INTO ${later} (text) VALUES ('x')`,
    );
    const tries: Record<string, string> = { make: `CREATE TABLE made_${later} (id int)` };
    for (const table of ['notes', later]) {
      tries[`${table} select`] = `SELECT * FROM ${table}`;
      tries[`${table} insert`] = `INSERT INTO ${table} (text) VALUES ('a')`;
      tries[`${table} update`] = `UPDATE ${table} SET text = 'b'`;
      tries[`${table} delete`] = `DELETE FROM ${table}`;
      tries[`${table} truncate`] = `TRUNCATE ${table}`;
      tries[`${table} drop`] = `DROP TABLE ${table} CASCADE`;
    }
    const results: Record<string, unknown> = {};
    for (const [what, sql] of Object.entries(tries)) {
      results[what.replace(later, 'later')] = await refusal(as({ identity, database }, sql));
    }
    return results;
  }
  const denied = '42501';
  const expected = (may: Readonly<Record<string, unknown>>): Record<string, unknown> => {
    const of = (table: string): [string, unknown][] =>
      ['select', 'insert', 'update', 'delete', 'truncate', 'drop'].map((what) => [
        `${table} ${what}`,
        may[what] ?? denied,
      ]);
    return Object.fromEntries([['make', may.make ?? denied], ...of('notes'), ...of('later')]);
  };
  const ok = 'done';

  test.each([
    ['read', { select: ok }],
    ['write', { select: ok, insert: ok, update: ok, delete: ok }],
    ['owner', { select: ok, insert: ok, update: ok, delete: ok, truncate: ok, make: ok }],
  ] as const)(
    '%s: that, now and for later tables, and nothing else; done again it changes nothing',
    async (access, may) => {
      const database = await newDatabase(`for ${access}`);
      await as({ database }, tables);
      const name = `grants-${access}`;
      const identity = await principal(name);
      await works('create', name);
      const nothing = access === 'read' ? await done(identity, 'before_any', database) : undefined;
      if (nothing) expect(nothing).toEqual(expected({}));
      const out = await works('grant', name, '--database', database, '--access', access);
      expect(out).toMatch(/later +tables that azure_pg_admin, "local-app" will make/);
      const before = await traces(name, database);
      expect(await works('grant', name, '--database', database, '--access', access)).toBe(out);
      expect(await traces(name, database)).toBe(before);
      expect(await done(identity, `later_${access}`, database)).toEqual(expected(may));
      // A schema and a database that were not named.
      await as(
        { database },
        'CREATE SCHEMA IF NOT EXISTS other; CREATE TABLE IF NOT EXISTS other.secrets (id int)',
      );
      expect(await refusal(as({ identity, database }, 'SELECT * FROM other.secrets'))).toBe(denied);
      await as({ database: 'postgres' }, 'CREATE TABLE IF NOT EXISTS public.elsewhere (id int)');
      expect(await refusal(as({ identity, database: 'postgres' }, 'SELECT * FROM public.elsewhere'))).toBe(
        denied,
      );
    },
  );

  test('covers a schema by its name', async () => {
    await as({}, 'CREATE SCHEMA "My schema"; CREATE TABLE "My schema".first (id serial)');
    const identity = await principal('of-schema');
    await works('create', 'of-schema');
    await works('grant', 'of-schema', '--database', 'app', '--access', 'write', '--schema', 'My schema');
    await as({}, 'CREATE TABLE "My schema".later (id serial)');
    for (const table of ['first', 'later']) {
      expect(await as({ identity }, `INSERT INTO "My schema".${table} DEFAULT VALUES RETURNING id`)).toEqual([
        ['1'],
      ]);
    }
  });

  test('says what others own and will create; their owner must run the same command', async () => {
    const database = await newDatabase('of several');
    const [owner, app] = [await principal('migrator'), await principal('their-app')];
    await works('create', 'migrator');
    await works('create', 'their-app');
    await works('grant', 'migrator', '--database', database, '--access', 'owner');
    const grant = ['grant', 'their-app', '--database', database, '--access', 'write'];
    const warned = await role(...grant);
    expect(warned).toMatchObject({
      code: 0,
      err: expect.stringContaining('migrator will create are not covered'),
    });
    await as({ identity: owner, database }, 'CREATE TABLE theirs (id serial)');
    const { code, err } = await role(...grant);
    expect(code).toBe(1);
    expect(err).toMatch(/lacks part of write: some tables belong to others \(migrator\).* --as ROLE/);
    const { appService } = await emulator.environmentsFor(owner);
    const asOwner = await runCli(['role', ...grant, '--as', 'migrator', '--url', emulator.url], {
      env: appService,
    });
    expect(asOwner).toMatchObject({ code: 0, stderr: '' });
    await as({ identity: owner, database }, 'CREATE TABLE theirs_later (id serial)');
    for (const table of ['theirs', 'theirs_later']) {
      expect(
        await as({ identity: app, database }, `INSERT INTO ${table} DEFAULT VALUES RETURNING id`),
      ).toEqual([['1']]);
    }
    expect(await works(...grant)).toContain('migrator');
  });

  test('does not run what somebody left in the way of PostgreSQL’s own functions', async () => {
    const database = await newDatabase('with a trap');
    await as({ database }, 'CREATE SCHEMA other');
    const intruder = await principal('intruder');
    await works('create', 'intruder');
    await works('grant', 'intruder', '--database', database, '--access', 'owner');
    const before = await traces('intruder', database);
    await as(
      { identity: intruder, database },
      `CREATE FUNCTION public.quote_ident(name) RETURNS text LANGUAGE plpgsql AS
       $$ BEGIN GRANT CREATE ON SCHEMA other TO intruder; RETURN $1::text; END $$`,
    );
    await works('check', 'intruder', '--database', database);
    await works('grant', 'intruder', '--database', database, '--access', 'owner');
    expect(await traces('intruder', database)).toBe(before);
  });
});

test('what the doctor prints where a sign-in is refused is the cure, as a command and as SQL', async () => {
  for (const [name, pattern] of [
    ['cured-by-command', /(?<=: )azure-pg role create .*/],
    ['cured-by-sql', /(?<=: )SELECT \* FROM pgaadauth_create_principal_with_oid.*/],
  ] as const) {
    const { appService: env } = await emulator.environmentsFor(await principal(name));
    const doctor = () => runCli(['doctor', '--json', emulator.url], { env });
    const { cause } = JSON.parse((await doctor()).stdout) as { cause: { why: string; fix: string[] } };
    expect(cause.why).toContain(`it stands for the role "${name}"`);
    const cure = pattern.exec(cause.fix.join('\n'))?.[0] ?? '';
    if (cure.startsWith('azure-pg')) await works(...cure.split(' ').slice(2));
    else await as({ database: 'postgres' }, cure);
    expect(JSON.parse((await doctor()).stdout)).toMatchObject({ verdict: 'ok' });
  }
});

describe('azure-pg role list and check', () => {
  test('tell of every role that stands for a principal', async () => {
    const identity = await emulator.createIdentity({ name: 'in-the-list' });
    expect(await works('list')).toMatch(new RegExp(`^in-the-list +service +${identity.objectId}$`, 'm'));
    expect(await works('list')).toMatch(/^local-app +service +\S+ +administrator$/m);
    expect(JSON.parse(await works('list', '--json'))).toContainEqual({
      rolname: 'in-the-list',
      principaltype: 'service',
      objectid: identity.objectId,
      tenantid: emulator.entra.tenantId,
      ismfa: '0',
      isadmin: '0',
    });
  });

  test('tell whom a role stands for and what it may do', async () => {
    const { objectId } = await principal('checked');
    await works('create', 'checked');
    const bare = await works('check', 'checked');
    expect(bare).toMatch(new RegExp(`^stands for +service ${objectId}$`, 'm'));
    expect(bare).toMatch(/^sign-in +yes$/m);
    // The URL's database.
    expect(bare).toMatch(/^tables +select 0 of \d+, insert 0 of \d+, /m);
    await works('grant', 'checked', '--database', 'app', '--access', 'read');
    const json = JSON.parse(await works('check', 'checked', '--json'));
    expect(json).toMatchObject({
      role: 'checked',
      objectid: objectId,
      may_connect: 't',
      may_make_tables: 'f',
      inserts: '0',
    });
    expect(json.selects).toBe(json.tables);
  });

  test.each([
    ['is not there', 'Checked-not', 'There is no role "Checked-not"'],
    ['is there in other letters', 'LOCAL-app', 'Names are case-sensitive; there is "local-app"'],
  ])('a role that %s', async (_, name, text) => {
    const { code, err } = await role('check', name);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(text) });
    expect((await role('grant', name, '--database', 'app', '--access', 'read')).err).toContain(text);
  });

  test('a role that nobody can sign in as', async () => {
    await emulator.query('CREATE ROLE nobodys LOGIN');
    expect(await role('check', 'nobodys')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/sign-in +no: .*no principal/),
    });
    await emulator.createIdentity({ name: 'locked' });
    await emulator.query('ALTER ROLE locked NOLOGIN');
    expect(await role('check', 'locked')).toMatchObject({
      code: 1,
      out: expect.stringMatching(/sign-in +no: .*LOGIN/),
    });
  });
});

const names = [
  `it's a "name"`,
  'Capitals And Blanks',
  'eve_partner.example#EXT#@contoso.onmicrosoft.com',
  String.raw`back\slash \'; --`,
  `$azure_pg$; DROP ROLE app; --`,
  `'); DROP ROLE app; --`,
  `%I %s :name :'name' $1`,
  'Zoë 数据库',
] as const;

describe('the SQL of --dry-run', () => {
  /** As psql understands it: its two commands, and statements for the server. */
  async function inPlaceOfPsql(script: string): Promise<void> {
    const [, ...parts] = script.replaceAll('\\set ON_ERROR_STOP on\n', '').split(/^\\connect (?=.*$)/m);
    for (const part of parts) {
      const [head = '', ...sql] = part.split('\n');
      const word = head
        .replace(/^-reuse-previous=on /, '')
        .slice(1, -1)
        .replaceAll('""', '"');
      const database = /^dbname='(.*)'$/s.exec(word)?.[1]?.replace(/\\(.)/gs, '$1') ?? word;
      await as({ database }, sql.join('\n'));
    }
  }

  const program = 'psql';
  const hasPsql = spawnSync(program, ['--version']).status === 0;
  async function psql(script: string): Promise<void> {
    const token = await emulator.entra.issueToken();
    // Not execFileSync: the gateway is in this process.
    await new Promise<void>((resolve, reject) => {
      const child = execFile(
        program,
        [
          '--no-psqlrc',
          '--quiet',
          `host=local.postgres.database.azure.com hostaddr=127.0.0.1 port=${emulator.ports.direct} user=local-app dbname=postgres sslmode=verify-full sslrootcert=${emulator.ca.file}`,
        ],
        { env: { PATH: process.env.PATH, PGPASSWORD: token } },
        (error, _, stderr) =>
          error || /ERROR|error:/.test(stderr) ? reject(error ?? new Error(stderr)) : resolve(),
      );
      child.stdin?.end(script);
    });
  }

  const ways = [
    ['a reader of psql’s commands', inPlaceOfPsql, true],
    ['psql', psql, hasPsql],
  ] as const;
  for (const [way, run, available] of ways) {
    test.skipIf(!available)(`does what the command does, run by ${way}`, { timeout: 60_000 }, async () => {
      const database = `data "base" = 'x\\y' ${way}`.slice(0, 60);
      await as({ database: 'postgres' }, `CREATE DATABASE "${database.replaceAll('"', '""')}"`);
      await as({ database }, 'CREATE TABLE first (id serial); CREATE VIEW second AS SELECT * FROM first');
      for (const [index, base] of names.entries()) {
        const results: string[] = [];
        for (const [how, sign] of [
          ['run', '1'],
          ['dry', '2'],
        ] as const) {
          const name = `${sign}${way.length}${base}`;
          const { objectId } = await principal(`${way} ${how} ${index}`);
          const create = ['create', name, '--object-id', objectId];
          const grant = ['grant', name, '--database', database, '--access', 'write'];
          if (how === 'run') {
            await works(...create);
            await works(...grant);
          } else {
            const script = (await works(...create, '--dry-run')) + (await works(...grant, '--dry-run'));
            await run(script);
            // Idempotent as it stands.
            await run(script);
          }
          const known = JSON.parse(await works('check', name, '--database', database, '--json'));
          expect(known).toMatchObject({ role: name, objectid: objectId, may_connect: 't', may_use: 't' });
          results.push(JSON.stringify({ ...known, role: '', objectid: '' }));
          await run(await works('check', name, '--database', database, '--dry-run'));
        }
        expect(results[1]).toBe(results[0]);
        expect(results[0]).toMatch(/"tables":"2","selects":"2",.*"sequences":"1","uses":"1",.*local-app/);
      }
      // Nobody was dropped on the way.
      expect(await emulator.query("SELECT FROM pg_roles WHERE rolname = 'app'")).toHaveLength(1);
    });
  }

  test('needs no server', async () => {
    const { code, stdout } = await runCli(['role', 'list', '--dry-run']);
    expect(code).toBe(0);
    expect(stdout).toContain('pgaadauth_list_principals(false)');
  });
});

describe('what makes no sense is refused before anything is done', () => {
  const id = '11111111-2222-4333-8444-555555555555';
  test.each([
    ['an id as name', ['create', id], /is an id, and a role is not named by one/],
    ['an id as name, in braces', ['grant', `{${id}}`, '--database', 'app', '--access', 'read'], /is an id/],
    ['everybody', ['grant', 'public', '--database', 'app', '--access', 'read'], /cannot be a role’s name/],
    ['an empty name', ['check', ''], /cannot be empty/],
    ['a name that would be cut off', ['create', 'ü'.repeat(32)], /at most 63 bytes, and this one 64/],
    ['a name with a line end', ['create', 'a\nb'], /control characters/],
    [
      'a database’s name with one',
      ['grant', 'a', '--access', 'read', '--database', 'a\nb'],
      /control characters/,
    ],
    ['no object id', ['create', 'a', '--object-id', 'a'], /not an object id/],
    ['another id’s form', ['create', 'a', '--object-id', `${id}'`], /not an object id/],
    ['an unknown type', ['create', 'a', '--object-id', id, '--type', 'robot'], /service, user, group/],
    ['a type of nobody', ['create', 'a', '--type', 'user'], /--type belongs to --object-id/],
    ['no database', ['grant', 'a', '--access', 'read'], /--database/],
    ['no access', ['grant', 'a', '--database', 'app'], /--access/],
    ['an unknown access', ['grant', 'a', '--database', 'app', '--access', 'all'], /read, write, owner/],
    ['no name', ['create'], /missing required argument/],
    ['no subcommand', [], /Usage: azure-pg role/],
    ['an unknown one', ['drop', 'a'], /unknown command/],
  ])('%s', async (_, args, message) => {
    const { code, out, err } = await role(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });

  test('a pooler, behind which statements reach one session or another', async () => {
    const { code, err } = await role(
      'list',
      '--url',
      emulator.pooledUrl.replace('&direct_port=', '&keepalives_idle='),
    );
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/leads through a pooler.*direct_port/),
    });
  });

  test('a schema that is not there', async () => {
    await emulator.createIdentity({ name: 'schemaless' });
    const args = ['--database', 'app', '--access', 'read', '--schema', 'nowhere'];
    expect((await role('grant', 'schemaless', ...args)).err).toContain('has no schema "nowhere"');
  });
});
