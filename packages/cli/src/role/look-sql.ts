import { relationsOf } from './grant-sql.ts';
import { literal } from './quote.ts';

/** All roles that stand for a principal. For the database `postgres`. */
export const listSql =
  'SELECT rolname, principaltype, objectid, tenantid, ismfa, isadmin FROM pgaadauth_list_principals(false) ORDER BY rolname;';

/** One row on a role and its principal; none if the role does not exist. For the database `postgres`. */
export function roleSql(name: string): string {
  return `SELECT p.principaltype, p.objectid, p.tenantid, p.ismfa, p.isadmin, r.rolcanlogin, coalesce(r.rolvaliduntil < now(), false) AS expired,
  concat_ws(', ', CASE WHEN r.rolsuper THEN 'superuser' END, CASE WHEN r.rolcreaterole THEN 'may make roles' END,
    CASE WHEN r.rolcreatedb THEN 'may make databases' END, CASE WHEN r.rolbypassrls THEN 'passes row security' END) AS attributes,
  (SELECT string_agg(DISTINCT quote_ident(g.rolname), ', ') FROM pg_auth_members m
    JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS member_of,
  (SELECT string_agg(quote_ident(d.datname), ', ' ORDER BY d.datname) FROM pg_database d
    WHERE d.datallowconn AND NOT d.datistemplate AND has_database_privilege(r.oid, d.oid, 'CONNECT')) AS databases
FROM pg_roles r LEFT JOIN pgaadauth_list_principals(false) p ON p.rolname = r.rolname
WHERE r.rolname = ${literal(name)};`;
}

/** Names of roles that differ only in case, or begin with the name. For any database. */
export function similarRolesSql(name: string): string {
  return `SELECT rolname FROM pg_roles
WHERE lower(rolname) = lower(${literal(name)}) OR starts_with(lower(rolname), lower(${literal(name)})) ORDER BY rolname LIMIT 5;`;
}

/** One row on what a role may do in a schema, by whatever way it came to it; none if the role does not exist. For the database itself. */
export function accessSql(name: string, schema: string): string {
  const within = literal(schema);
  const may = (right: string): string =>
    `count(*) FILTER (WHERE c.relkind <> 'S' AND has_table_privilege(r.oid, c.oid, '${right}'))`;
  return `SELECT has_database_privilege(r.oid, current_database(), 'CONNECT') AS may_connect,
  has_database_privilege(r.oid, current_database(), 'CREATE') AS may_make_schemas,
  s.oid IS NOT NULL AS there_is_schema,
  coalesce(has_schema_privilege(r.oid, s.oid, 'USAGE'), false) AS may_use,
  coalesce(has_schema_privilege(r.oid, s.oid, 'CREATE'), false) AS may_make_tables,
  t.*,
  (SELECT string_agg(quote_ident(o.rolname), ', ' ORDER BY o.rolname) FROM pg_roles o WHERE ${covered}) AS later,
  (SELECT string_agg(quote_ident(o.rolname), ', ' ORDER BY o.rolname) FROM pg_roles o
    WHERE NOT o.rolsuper AND o.oid <> r.oid AND NOT (${covered}) AND o.rolname !~ '^pg_'
      AND (EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = s.oid AND c.relowner = o.oid AND c.relkind IN ('r', 'p'))
        OR EXISTS (SELECT FROM aclexplode(s.nspacl) a WHERE a.grantee = o.oid AND a.privilege_type = 'CREATE'))) AS not_later
FROM pg_roles r LEFT JOIN pg_namespace s ON s.nspname = ${within},
  LATERAL (SELECT count(*) FILTER (WHERE c.relkind <> 'S') AS tables, ${may('SELECT')} AS selects, ${may('INSERT')} AS inserts,
      ${may('UPDATE')} AS updates, ${may('DELETE')} AS deletes,
      count(*) FILTER (WHERE c.relkind = 'S') AS sequences,
      count(*) FILTER (WHERE c.relkind = 'S' AND has_sequence_privilege(r.oid, c.oid, 'USAGE')) AS uses,
      string_agg(DISTINCT quote_ident(pg_get_userbyid(c.relowner)), ', ')
        FILTER (WHERE c.relkind <> 'S' AND NOT has_table_privilege(r.oid, c.oid, 'SELECT')) AS unreadable_owners
    FROM ${relationsOf(within)}) t
WHERE r.rolname = ${literal(name)};`;
}

/** Whether what the role `o` will make in the schema `s` can be read by `r`. */
const covered = `EXISTS (SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) a
    WHERE d.defaclrole = o.oid AND d.defaclnamespace IN (0, s.oid) AND d.defaclobjtype = 'r' AND a.privilege_type = 'SELECT'
      AND a.grantee <> o.oid AND (a.grantee = 0 OR pg_has_role(r.oid, a.grantee, 'USAGE')))`;
