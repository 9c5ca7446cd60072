import { block, identifier, literal } from './quote.ts';

export const accesses = ['read', 'write', 'owner'] as const;
/** `read`: select. `write`: insert, update and delete as well. `owner`: make, change and drop its own tables as well, as migrations do. */
export type Access = (typeof accesses)[number];

/** What a role is to be given in one schema of a database. */
export interface Grant {
  readonly name: string;
  readonly database: string;
  readonly schema: string;
  readonly access: Access;
}

const rights: Readonly<
  Record<Access, Readonly<Record<'database' | 'schema' | 'tables' | 'sequences', string>>>
> = {
  read: { database: 'CONNECT', schema: 'USAGE', tables: 'SELECT', sequences: 'SELECT' },
  write: {
    database: 'CONNECT',
    schema: 'USAGE',
    tables: 'SELECT, INSERT, UPDATE, DELETE',
    sequences: 'USAGE, SELECT',
  },
  owner: { database: 'CONNECT, CREATE', schema: 'USAGE, CREATE', tables: 'ALL', sequences: 'ALL' },
};

/**
 * Gives the rights, on what is there and on what will be made by every role that its runner may act for. For the database itself.
 * Nothing is taken away. What belongs to others is left out with a warning: one GRANT on ALL TABLES would fail at the first of them.
 */
export function grantSql({ name, database, schema, access }: Grant): string {
  const role = identifier(name);
  const within = identifier(schema);
  const { tables, sequences, ...on } = rights[access];
  return `BEGIN;
GRANT ${on.database} ON DATABASE ${identifier(database)} TO ${role};
GRANT ${on.schema} ON SCHEMA ${within} TO ${role};
${block(`
DECLARE
  one record;
BEGIN
  -- Tables, views and sequences that are there.
  FOR one IN
    SELECT c.oid::regclass AS name, c.relowner::regrole AS owner, c.relkind = 'S' AS is_sequence,
      CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT WITH GRANT OPTION')
        ELSE has_table_privilege(c.oid, 'SELECT WITH GRANT OPTION') END AS may_grant
    FROM ${relationsOf(literal(schema))}
  LOOP
    IF NOT one.may_grant THEN
      RAISE WARNING 'no rights were given on %: it belongs to %', one.name, one.owner;
    ELSIF one.is_sequence THEN
      EXECUTE format('GRANT ${sequences} ON SEQUENCE %s TO %I', one.name, ${literal(name)});
    ELSE
      EXECUTE format('GRANT ${tables} ON TABLE %s TO %I', one.name, ${literal(name)});
    END IF;
  END LOOP;
  -- Those that are made later, by whom this session can speak for.
  FOR one IN
    SELECT rolname FROM pg_roles
    WHERE pg_has_role(oid, 'USAGE') AND has_schema_privilege(oid, ${literal(within)}::regnamespace, 'CREATE')
      AND rolname <> ${literal(name)} AND rolname !~ '^pg_'
  LOOP
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT ${tables} ON TABLES TO %I', one.rolname, ${literal(schema)}, ${literal(name)});
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT ${sequences} ON SEQUENCES TO %I', one.rolname, ${literal(schema)}, ${literal(name)});
  END LOOP;
END`)}
COMMIT;`;
}

/** A schema's tables, views and sequences, without those of extensions, as `c`; a FROM and a WHERE clause. */
export function relationsOf(schema: string): string {
  return `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ${schema} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;
}
